# syntax=docker/dockerfile:1
# One image for every role; the running container needs no write access to its root filesystem.
FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev
COPY capabilities ./capabilities
COPY adapters ./adapters
COPY server ./server
COPY migrations ./migrations

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    REMIT_HOST=0.0.0.0
WORKDIR /app
COPY --from=build --chown=root:root /app /app
USER node
EXPOSE 4000 4001 4002 4003
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s --retries=3 \
  CMD ["node", "--disable-warning=ExperimentalWarning", "server/main.ts", "health"]
CMD ["node", "--disable-warning=ExperimentalWarning", "--max-semi-space-size=16", "server/main.ts", "serve"]
