#!/bin/sh
# Fetches the Swagger UI that docsui.go names, and stores what the page needs of it.
set -eu
version=$(sed -n 's/^const Version = "\(.*\)"/\1/p' docsui.go)
temp=$(mktemp -d)
trap 'rm -rf "$temp"' EXIT
(cd "$temp" && npm pack --silent "swagger-ui-dist@$version" && tar xzf ./*.tgz)
cp "$temp/package/LICENSE" "$temp/package/NOTICE" "$temp/package/swagger-ui-bundle.js.LICENSE.txt" ui/
for file in swagger-ui-bundle.js swagger-ui.css; do
	gzip -9 -n -c "$temp/package/$file" >"ui/$file.gz"
done
