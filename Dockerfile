# The production image: the locked packages, the code, the collected static files, and a user that owns none of them.
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
WORKDIR /app

COPY requirements/production.txt requirements/
RUN pip install --no-cache-dir --require-hashes --no-deps --only-binary=:all: -r requirements/production.txt

COPY . .
# The three values live for this one step: collecting reads settings, and connects to nothing.
RUN SECRET_KEY=collecting DATABASE_URL=postgres://nowhere/none REDIS_URL=redis://nowhere \
    python manage.py collectstatic --noinput

RUN useradd --system --uid 10001 --no-create-home itb
USER itb
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "-c", "python:itb.server", "itb.wsgi:application", \
     "--bind", "0.0.0.0:8000", "--workers", "2", "--threads", "4", "--worker-tmp-dir", "/dev/shm", "--no-control-socket"]
