-- A role and an empty database for Suozi, once:
--   sudo -u postgres psql --set password="$(openssl rand -hex 24)" --file postgresql.sql
\set ON_ERROR_STOP on
CREATE ROLE suozi LOGIN PASSWORD :'password';
CREATE DATABASE suozi OWNER suozi ENCODING 'UTF8' LOCALE 'C.UTF-8' TEMPLATE template0;
REVOKE ALL ON DATABASE suozi FROM PUBLIC;
-- A replica that hangs in the middle of a transaction must not hold its rows for ever.
ALTER ROLE suozi IN DATABASE suozi SET idle_in_transaction_session_timeout = '5min';
\echo The password is :password
