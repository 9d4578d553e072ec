# Stoa as an image. Two targets:
#   app       (default) the program only, on an empty file system; requires
#             DATABASE_URL and the other settings of .env.production.example
#   embedded  the program and PostgreSQL in one container:
#             docker build --target embedded -t stoa:embedded .
# docs/deployment.md describes how to run them, and which parts are tested.

# --- front end: style sheet, scripts, icons --------------------------------
FROM node:24-trixie-slim AS assets
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --no-audit --no-fund
COPY tailwind.config.js ./
COPY static ./static
COPY views ./views
RUN npm run build

# --- program ---------------------------------------------------------------
FROM golang:1.26-trixie AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
COPY --from=assets /src/static ./static
ARG VERSION=dev
RUN CGO_ENABLED=0 go build -trimpath -ldflags="-s -w -X main.version=$VERSION" -o /out/root/stoa ./cmd/stoa
# The empty file system lacks a named user, CA certificates, time zones and two
# writable directories. (COPY preserves the mode of a directory only when it is
# inside the copied one.)
RUN mkdir -p /out/root/etc/ssl/certs \
 && echo 'stoa:x:65532:65532:Stoa:/data:/sbin/nologin' >/out/root/etc/passwd \
 && echo 'stoa:x:65532:' >/out/root/etc/group \
 && cp /etc/ssl/certs/ca-certificates.crt /out/root/etc/ssl/certs/ \
 && cp "$(go env GOROOT)/lib/time/zoneinfo.zip" /out/root/zoneinfo.zip \
 && install -d -m 700 /out/own/data /out/own/tmp

# --- with its own PostgreSQL -----------------------------------------------
FROM debian:trixie-slim AS embedded
# No cluster of Debian: the program creates its own under /data.
RUN apt-get update \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends ca-certificates tzdata postgresql-common \
 && sed -ri 's/^#?create_main_cluster.*/create_main_cluster = false/' /etc/postgresql-common/createcluster.conf \
 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends postgresql-17 \
 && rm -rf /var/lib/apt/lists/* \
 && groupadd --gid 65532 stoa \
 && useradd --uid 65532 --gid stoa --home-dir /data --no-create-home --shell /usr/sbin/nologin stoa \
 && install -d -o stoa -g stoa -m 700 /data
COPY --from=build /out/root/stoa /stoa
ENV APP_ENV=production PORT=3000 DATA_DIR=/data EMBEDDED_DATABASE=on
USER 65532:65532
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s CMD ["/stoa", "health", "--live"]
ENTRYPOINT ["/stoa"]
CMD ["serve"]

# --- the program only ------------------------------------------------------
FROM scratch AS app
COPY --from=build /out/root/ /
COPY --from=build --chown=65532:65532 /out/own/ /
ENV APP_ENV=production PORT=3000 DATA_DIR=/data ZONEINFO=/zoneinfo.zip
USER 65532:65532
VOLUME /data
EXPOSE 3000
STOPSIGNAL SIGTERM
# Liveness, not readiness: a restart does not help when the database is
# unavailable.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["/stoa", "health", "--live"]
ENTRYPOINT ["/stoa"]
CMD ["serve"]
