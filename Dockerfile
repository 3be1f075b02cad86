# syntax=docker/dockerfile:1

# The program in an image that has nothing else: no shell, no package manager, no root.
#
#   docker build --build-arg COMMIT=$(git rev-parse HEAD) -t teahouse .
#   docker run -p 1883:1883 -p 8083:8083 -p 127.0.0.1:8090:8090 -v teahouse:/var/lib/teahouse teahouse
#
# The tags below are not pinned by digest: pin them where you build, with
# --build-arg GO_IMAGE=golang:1.26-bookworm@sha256:... and the same for BASE_IMAGE.
ARG GO_IMAGE=golang:1.26-bookworm
ARG BASE_IMAGE=gcr.io/distroless/static-debian12:nonroot

FROM --platform=$BUILDPLATFORM ${GO_IMAGE} AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS
ARG TARGETARCH
ARG COMMIT=
RUN CGO_ENABLED=0 GOOS=${TARGETOS} GOARCH=${TARGETARCH} GOFLAGS=-buildvcs=false \
    go build -trimpath -pgo cmd/teahouse/release.pgo \
    -ldflags "-s -w -X github.com/teahouse-im/teahouse/cmd/teahouse/server.commit=${COMMIT}" \
    -o /out/teahouse ./cmd/teahouse
# Folders that the service may write; a new volume takes their owner from the image.
RUN mkdir -p /out/data && chmod 0700 /out/data

FROM ${BASE_IMAGE}
ARG COMMIT=
LABEL org.opencontainers.image.title="teahouse" \
      org.opencontainers.image.description="A chat server in one program: MQTT for clients, HTTP for backends" \
      org.opencontainers.image.source="https://github.com/teahouse-im/teahouse" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.revision="${COMMIT}"
COPY --from=build /out/teahouse /usr/bin/teahouse
COPY --from=build --chown=65532:65532 --chmod=0700 /out/data /var/lib/teahouse
COPY deploy/docker/teahouse.yaml /etc/teahouse/teahouse.yaml
USER 65532:65532
VOLUME ["/var/lib/teahouse"]
# MQTT, MQTT over TLS, WebSocket with files and pages, administration.
EXPOSE 1883 8883 8083 8090
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=2m --retries=3 \
    CMD ["/usr/bin/teahouse", "health"]
ENTRYPOINT ["/usr/bin/teahouse"]
CMD ["serve", "--config", "/etc/teahouse/teahouse.yaml"]
