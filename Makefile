# make run     a running camera on http://localhost:8080, from a bare checkout
# make test    every test, the browser's included, from a bare checkout
# make bench   the benchmark tables; those of the image where `make image` made one
# make build   builds; afterwards `npm run --silent perch -- serve` works
# make django  the app for a Django site, as a wheel in dist/
# make install    the same as on the image, on this Raspberry Pi OS or Debian: package, services, start at boot
# make uninstall  undoes it; PURGE=1 forgets what was saved too
# make deb        the package, in image/out/ (PERCH_SIGN_KEY=FILE: devices take updates signed by it)
# make bundle     an update for devices, signed with PERCH_SIGN_KEY, in image/out/ (ARCH=arm64 for a Pi)
# make image   the image for an SD card, in image/out/ (as root; BASE=debian or raspberrypi)
# make image-test   boots that image in an emulated machine and uses it
# make lint    types, style and formatting
.PHONY: run test bench build django install uninstall deb bundle image image-test lint check packages test-packages image-packages

export PATH := $(CURDIR)/.toolchain/bin:$(PATH)

SOURCES := $(shell find appliance upstream proto image/first-boot image/boot-test \( -name '*.test.ts' -o -name '*.boot.ts' -o -name __pycache__ -o -name '*.sqlite3' \) -prune -o -type f -print) build.mjs package-lock.json

run: packages
	@$(MAKE) --no-print-directory dist/.built
	@exec node --enable-source-maps dist/perch.js serve

build: packages
	@$(MAKE) --no-print-directory dist/.built

django: packages
	@$(MAKE) --no-print-directory dist/.built
	@upstream/django/wheel.sh dist

ARCH ?= $(shell dpkg --print-architecture)

deb: packages
	@$(MAKE) --no-print-directory dist/.built
	@image/deb.sh $(ARCH) image/out

bundle: packages
	@$(MAKE) --no-print-directory dist/.built
	@image/bundle.sh $(ARCH) image/out

install: deb
	@image/install.sh

uninstall:
	@image/uninstall.sh

image: image-packages
	@$(MAKE) --no-print-directory dist/.built
	@image/build.sh

# With the code as it is now: the image is built anew, on the root file system that is kept.
image-test: test-packages image-packages
	@$(MAKE) --no-print-directory image
	@npx vitest run --config image/boot-test/vitest.config.ts

# Everything that must hold, as CI runs it.
test: test-packages
	@$(MAKE) --no-print-directory check

check: dist/.built lint
	@node proto/generate.mjs --check && node docs/generate.mjs --check
	@npx vitest run

lint:
	@npx tsc
	@npx biome check .

bench: test-packages
	@$(MAKE) --no-print-directory dist/.built
	@node --enable-source-maps dist/bench.js
	@node --enable-source-maps dist/relay-bench.js
	@if ls image/out/perch-*-debian.img >/dev/null 2>&1; then node --enable-source-maps dist/image-bench.js; \
	else echo 'perch: no image to measure. First: sudo make image'; fi

dist/.built: $(SOURCES)
	@node build.mjs
	@touch $@

packages:
	@image/packages/install.sh run

test-packages:
	@image/packages/install.sh run test

image-packages:
	@image/packages/install.sh image
