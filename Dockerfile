# orgdash, without compilers, pip or a shell's history inside; docs/operations.md says how it is run.
# What may come into it stands in .dockerignore.

FROM node:22-slim AS assets
WORKDIR /orgdash
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-fund --no-audit

FROM python:3.11-slim AS build
WORKDIR /orgdash
COPY requirements-server.lock ./
# Wheels alone: nothing is compiled, and nothing of a package runs while it is installed.
RUN python -m venv --without-pip .venv \
    && pip --python .venv/bin/python install --no-cache-dir --only-binary :all: --require-hashes -r requirements-server.lock
COPY --from=assets /orgdash/node_modules node_modules
COPY . .
RUN DEBUG=1 .venv/bin/python manage.py collectstatic --noinput --verbosity 0 \
    && rm -r node_modules package.json package-lock.json .npmrc \
    && .venv/bin/python -m compileall -q accounts analytics orgdash

FROM python:3.11-slim
RUN pip uninstall --yes --no-cache-dir setuptools wheel pip \
    && useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin orgdash
WORKDIR /orgdash
COPY --from=build /orgdash ./
ENV PATH=/orgdash/.venv/bin:$PATH PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000 8001
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8001/healthz', timeout=4)"]
CMD ["python", "-m", "orgdash.serve", "--pages", "0.0.0.0:8000", "--doors", "0.0.0.0:8001", "--worker-tmp-dir", "/dev/shm"]
