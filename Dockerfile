# Where the program comes from: built from these sources, or released, as
# goreleaser has built it.
ARG PROGRAM=built

FROM --platform=$BUILDPLATFORM golang:1.26 AS built
WORKDIR /src
# For networks that do not reach Go's own proxy of modules.
ARG GOPROXY
COPY go.mod go.sum ./
RUN go mod download
COPY . .
ARG TARGETOS=linux
ARG TARGETARCH
ARG REVISION
ARG DATE
RUN GOOS=$TARGETOS GOARCH=$TARGETARCH make image-rootfs REVISION=$REVISION DATE=$DATE

FROM --platform=$BUILDPLATFORM golang:1.26 AS released
WORKDIR /src
COPY Makefile VERSION ./
ARG TARGETPLATFORM
COPY $TARGETPLATFORM/wx_exporter ./
RUN make image-rootfs PROGRAM=wx_exporter

FROM ${PROGRAM} AS program

FROM scratch
LABEL org.opencontainers.image.title="wx_exporter" \
      org.opencontainers.image.description="Prometheus exporter for WeChat Official Accounts" \
      org.opencontainers.image.source="https://github.com/wxexporter/wx_exporter" \
      org.opencontainers.image.licenses="Apache-2.0"
COPY --from=program /src/dist/rootfs/ /
COPY --from=program --chown=65532:65532 /src/dist/volume/ /data/
ENV WX_EXPORTER_CONFIG_FILE=/etc/wx_exporter/config.yml \
    WX_EXPORTER_STORAGE_PATH=/data
USER 65532:65532
VOLUME /data
EXPOSE 10049
ENTRYPOINT ["/bin/wx_exporter"]
