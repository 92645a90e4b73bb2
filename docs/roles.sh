#!/bin/sh
# The two roles and the database, made once when the database's volume is new. By hand, on a server that is there
# already: run it as a superuser with both passwords in the environment.
#   itb_owner  owns the database and its tables: migrations and backups
#   itb        the application: reads and writes rows, owns nothing, passes through no wall
set -eu
psql --set=ON_ERROR_STOP=1 --username="${POSTGRES_USER:-postgres}" --dbname=postgres \
    --set=owner_password="$OWNER_PASSWORD" --set=application_password="$APPLICATION_PASSWORD" <<'SQL'
CREATE ROLE itb_owner LOGIN NOSUPERUSER PASSWORD :'owner_password';
CREATE ROLE itb LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'application_password';
CREATE DATABASE itb OWNER itb_owner;
REVOKE ALL ON DATABASE itb FROM PUBLIC;
GRANT CONNECT ON DATABASE itb TO itb;
SQL
