-- Makes the database of Stoa and its two roles, once, as a superuser or as a
-- role with CREATEDB and CREATEROLE. For psql 15 or newer, with the passwords
-- in its environment, where no list of processes shows them:
--   OWNER_PASSWORD=... APP_PASSWORD=... psql --file=deploy/postgres/roles.sql
-- OWNER_ROLE, APP_ROLE and DATABASE_NAME change the names.
\set ON_ERROR_STOP on
\set owner stoa_owner
\set app stoa
\set database stoa
\getenv owner OWNER_ROLE
\getenv app APP_ROLE
\getenv database DATABASE_NAME
\getenv owner_password OWNER_PASSWORD
\getenv app_password APP_PASSWORD

-- DATABASE_OWNER_URL: owns the tables and migrates them; nothing else works as it.
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password'
    NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

-- DATABASE_URL: what the program works as. It owns nothing, and row-level
-- security binds it. Each migration gives it the rights it needs.
CREATE ROLE :"app" LOGIN PASSWORD :'app_password'
    NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

-- To give a database to another role one must be a member of it, which a
-- superuser always is.
GRANT :"owner" TO CURRENT_USER;
CREATE DATABASE :"database" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;

-- Nobody else connects, and nobody makes temporary tables.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"app";
