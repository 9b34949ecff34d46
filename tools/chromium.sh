#!/bin/sh
# Has Chromium for the browser tests of the web console, where this machine lets us; else says what is left out.
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >/dev/null 2>&1
	apt-get install -y -qq --no-install-recommends chromium >/dev/null 2>&1
	command -v chromium >/dev/null && exit 0
fi
echo "No chromium here: the browser tests of the web console are left out. To have them, as root: apt-get install chromium" >&2
