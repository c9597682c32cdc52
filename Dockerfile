# One image for the web server, the reconciler, and all commands.
#
#   make image                                          build it from Debian's slim image
#   make image BASE=python:3.13-slim                    … or from any image with Python 3.11 or later
#   docker run --env-file .env shop python manage.py check --deploy
#
# It runs as a user without rights and needs no writable file system but /tmp. compose.yaml shows a whole deployment.

ARG BASE=debian:bookworm-slim

# --- Libraries: built apart, so that the image has neither pip's cache nor the tools to build them -----------

FROM ${BASE} AS libraries
# Not used if the base has Python with venv.
RUN python3 -c 'import ensurepip, venv' 2>/dev/null || { apt-get update && \
    apt-get install --yes --no-install-recommends python3 python3-venv ca-certificates; }
RUN python3 -m venv /opt/venv
COPY requirements-extras.txt /tmp/
# For a build without network: a folder of wheels, as `pip download` makes it.
ARG PIP_NO_INDEX
ARG PIP_FIND_LINKS
RUN /opt/venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes \
    --requirement /tmp/requirements-extras.txt && \
    rm -r /opt/venv/lib/python3*/site-packages/pip* /opt/venv/bin/pip*

# --- The image ------------------------------------------------------------------------------------------------

FROM ${BASE}
RUN command -v python3 >/dev/null || { apt-get update && \
    apt-get install --yes --no-install-recommends python3 ca-certificates && rm -rf /var/lib/apt/lists/*; }
RUN groupadd --gid 10001 shop && useradd --uid 10001 --gid shop --no-create-home shop && \
    mkdir -p /srv/shop/var/media && chown -R shop:shop /srv/shop/var
WORKDIR /srv/shop
COPY --from=libraries /opt/venv /opt/venv
COPY . .
ENV PATH=/opt/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    STATIC_ROOT=/srv/static \
    MEDIA_ROOT=/srv/shop/var/media
# Compiled once, because the file system is read-only later. The database isn't used.
RUN DATABASE_URL=sqlite:///:memory: python manage.py collectstatic --no-input --verbosity 0 && \
    python -m compileall -q -j 0 . /opt/venv/lib && rm -rf var/shop.sqlite3*
ENV PYTHONDONTWRITEBYTECODE=1
USER shop
EXPOSE 8000
# The web server's. compose.yaml turns it off for the reconciler.
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s CMD ["python", "-m", "config.probe"]
CMD ["gunicorn", "--bind", "0.0.0.0:8000"]
