// Talks to the server of the shop at the URL in the argument, and prints what it sees.
import createClient from "openapi-fetch";
import type { components, paths } from "./shop.js";

type Item = components["schemas"]["Item"];

const baseUrl = process.argv[2];
const client = createClient<paths>({ baseUrl });

const created = await client.POST("/items", {
  body: { name: "Assam", kind: "tea", price: "4.20", tags: ["black"], notes: { steep: "three minutes" } },
});
if (!created.data) throw new Error(JSON.stringify(created.error));
const item: Item = created.data;
console.log("created", item.name, item.price, item.code, created.response.headers.get("Location"));

const read = await client.GET("/items/{id}", { params: { path: { id: item.id } } });
const removed: string | null | undefined = read.data?.removed;
console.log("read", read.data?.name, read.data?.tags?.join(), removed);

const changed = await client.PATCH("/items/{id}", {
  params: { path: { id: item.id }, header: { "If-Match": '"1"' } },
  body: { name: "Darjeeling" },
});
console.log("changed", changed.data?.name);

const list = await client.GET("/items", {
  params: { query: { limit: 5, kind: ["tea", "cup"], word: ["a", "b"], cheap: true, since: "2026-01-02" } },
});
console.log("listed", list.data?.items?.map((one) => one.name).join());

const broken = await client.POST("/items", { body: { name: "A", kind: "tea", price: "cheap", tags: ["x", "green"] } });
console.log("broken", broken.error?.status, broken.error?.errors?.map((fault) => `${fault.in}${fault.pointer} ${fault.rule}`).join(", "));

const none = await client.GET("/items/{id}", { params: { path: { id: "6ba7b810-9dad-41d1-80b4-000000000000" } } });
console.log("none", none.error?.status, none.error?.type);

// @ts-expect-error: the document says that a price is needed
const unsent = () => client.POST("/items", { body: { name: "Assam", kind: "tea" } });
void unsent;
