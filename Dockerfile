# syntax=docker/dockerfile:1

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN --mount=type=cache,target=/go/pkg/mod go mod download
COPY . .
ARG VERSION=dev
RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build \
    CGO_ENABLED=0 go build -trimpath -buildvcs=false -ldflags "-s -w -X main.version=${VERSION}" -o /botswain ./cmd/botswain

# Not "scratch": bots are ordinary programs and want a shell, certificates and time zones. Build your
# own image FROM this one to add the languages that your bots need.
FROM debian:bookworm-slim
RUN apt-get update \
    && apt-get install -y --no-install-recommends ca-certificates tzdata \
    && rm -rf /var/lib/apt/lists/* \
    && groupadd --system --gid 10001 botswain \
    && useradd --system --uid 10001 --gid botswain --home-dir /data --no-create-home --shell /usr/sbin/nologin botswain \
    && install -d -m 0700 -o botswain -g botswain /data
COPY --from=build /botswain /usr/local/bin/botswain
USER botswain
WORKDIR /data
ENV BOTSWAIN_ADDR=:8080 BOTSWAIN_DATA_DIR=/data
EXPOSE 8080
VOLUME /data
HEALTHCHECK --interval=10s --timeout=6s --start-period=60s --start-interval=1s CMD ["botswain", "healthcheck"]
# There is no Postgres in this image: set DATABASE_URL. Run it with --init (compose.yaml does).
ENTRYPOINT ["botswain"]
CMD ["serve"]
