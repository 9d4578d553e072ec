-- Creates the database of Stoa and its two roles, once, as a superuser or as a
-- role with CREATEDB and CREATEROLE. Run it with psql 15 or newer. The passwords
-- are in the environment, because the list of processes shows arguments:
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

-- DATABASE_OWNER_URL: owns the tables and runs migrations, nothing else.
CREATE ROLE :"owner" LOGIN PASSWORD :'owner_password'
    NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

-- DATABASE_URL: the role of the program. It owns nothing, and row-level security
-- applies to it. The migrations grant its privileges.
CREATE ROLE :"app" LOGIN PASSWORD :'app_password'
    NOSUPERUSER NOBYPASSRLS NOCREATEDB NOCREATEROLE NOREPLICATION;

-- CREATE DATABASE ... OWNER requires membership in the owner's role. Superusers
-- are members of every role.
GRANT :"owner" TO CURRENT_USER;
CREATE DATABASE :"database" OWNER :"owner" ENCODING 'UTF8' TEMPLATE template0;

-- Only these roles can connect. No role can create temporary tables.
REVOKE ALL ON DATABASE :"database" FROM PUBLIC;
GRANT CONNECT ON DATABASE :"database" TO :"app";
