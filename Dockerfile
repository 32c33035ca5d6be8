# The agent, the tools that its policy allows, kubectl; no shell, no package manager, nobody but uid 65534.
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t agent:0.1.0 \
#     --build-arg VERSION=0.1.0 --build-arg COMMIT="$(git rev-parse HEAD)" \
#     --build-arg DENO_DIGEST=sha256:... --build-arg DEBIAN_DIGEST=sha256:... --build-arg KUBECTL_DIGEST=sha256:... .
#
# Base images are pinned by version here and by digest where the arguments give it; a release gives all three
# (`docker buildx imagetools inspect denoland/deno:2.9.6` prints one). Run it with a read-only root: it writes to
# /var/lib/agent (the state folder) and /tmp alone, both of which may be volumes of 65534.
#
# docs/building.md says what of this file was proved without a container engine, and what was not.

ARG DENO_VERSION=2.9.6
ARG DENO_DIGEST=""
ARG DEBIAN_VERSION=13-slim
ARG DEBIAN_DIGEST=""
ARG KUBECTL_VERSION=v1.36.3
ARG KUBECTL_DIGEST=""

FROM registry.k8s.io/kubectl:${KUBECTL_VERSION}${KUBECTL_DIGEST:+@${KUBECTL_DIGEST}} AS kubectl

# Runs on the builder's own machine: Deno compiles for another one as well.
FROM --platform=$BUILDPLATFORM denoland/deno:${DENO_VERSION}${DENO_DIGEST:+@${DENO_DIGEST}} AS build
ARG TARGETARCH
ARG COMMIT=unknown
# Never `auto`: an image holds the release build or is not built.
ARG RUNTIME=deno
WORKDIR /build
COPY deno.json deno.lock ./
RUN deno install --frozen
COPY cli cli
COPY src src
COPY tasks tasks
# The demo plays on the sandbox.
COPY sandbox sandbox
# The permissions of the profile `image`: tasks/build_permissions.ts.
RUN AGENT_COMMIT="$COMMIT" deno task build --runtime "$RUNTIME" --platform "linux/$TARGETARCH" --profile image \
      --output /build/agent

FROM debian:${DEBIAN_VERSION}${DEBIAN_DIGEST:+@${DEBIAN_DIGEST}} AS root
RUN apt-get update \
    && apt-get install --yes --no-install-recommends \
      bind9-dnsutils ca-certificates curl iputils-ping libc-bin procps util-linux wget \
    && rm -rf /var/lib/apt/lists/*
COPY --from=kubectl /bin/kubectl /usr/local/bin/kubectl
COPY --from=build /build/agent /usr/local/bin/agent
COPY deploy/image/collect_tools.sh /usr/local/bin/collect_tools.sh
RUN collect_tools.sh /root-of-image \
      agent kubectl curl df dig free nslookup ping prlimit ps uname uptime wget whoami

FROM scratch
ARG VERSION=0.1.0
ARG COMMIT=unknown
ARG SOURCE=""
LABEL org.opencontainers.image.title="agent" \
      org.opencontainers.image.description="Reports classified Kubernetes events and metrics over NATS" \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="$VERSION" \
      org.opencontainers.image.revision="$COMMIT" \
      org.opencontainers.image.source="$SOURCE"
COPY --from=root /root-of-image/ /
USER 65534:65534
# Deno would look for a cache folder in a home.
ENV HOME=/tmp DENO_NO_UPDATE_CHECK=1
# The C library gives freed buffers back to the system only from the end of an arena, unless they are mappings of their
# own; left alone, it moves the bound between the two up to the largest buffer that was ever freed. docs/memory.md
ENV MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072
EXPOSE 8080
HEALTHCHECK --interval=20s --timeout=5s --start-period=10s \
  CMD ["/usr/bin/curl", "-fsS", "-o", "/dev/null", "http://127.0.0.1:8080/health/live"]
ENTRYPOINT ["/usr/local/bin/agent"]
CMD ["run"]
