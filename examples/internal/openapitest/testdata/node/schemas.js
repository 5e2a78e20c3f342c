// Prints the schemas of a version of OpenAPI, by their URIs, as @hyperjump/json-schema has them.
const version = process.argv[2];
const root = "https://spec.openapis.org/oas/" + version;
const files = { "/schema": "schema", "/schema-base": "schema-base" };
if (version === "3.1") {
  Object.assign(files, { "/dialect/base": "dialect/base", "/meta/base": "meta/base" });
} else {
  Object.assign(files, { "/dialect": "dialect/base", "/meta": "meta/base" });
}
const folder = new URL(`node_modules/@hyperjump/json-schema/openapi-${version.replace(".", "-")}/`, import.meta.url);
const schemas = {};
for (const [uri, file] of Object.entries(files)) {
  schemas[root + uri] = (await import(new URL(file + ".js", folder))).default;
}
console.log(JSON.stringify(schemas));
