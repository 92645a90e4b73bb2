# The production image: the locked packages, the code, the collected static files, and a user that owns none of them.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

# The tools that back up and restore: of the server's own version, which Debian alone does not have.
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates postgresql-common \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install -y --no-install-recommends postgresql-client-18 \
    && rm -rf /var/lib/apt/lists/*
ENV POSTGRES_BINARIES=/usr/lib/postgresql/18/bin

COPY requirements/production.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary=:all: -r requirements/production.txt

COPY . .
# The three values live for this one step: collecting reads settings, and connects to nothing.
RUN SECRET_KEY=collecting DATABASE_URL=postgres://nowhere/none REDIS_URL=redis://nowhere \
    python manage.py collectstatic --noinput

RUN useradd --system --uid 10001 --no-create-home itb && install -d -o itb -m 700 /anchor
USER itb
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "-c", "python:itb.server", "itb.wsgi:application", \
     "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
