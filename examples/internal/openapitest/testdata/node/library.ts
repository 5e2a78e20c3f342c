// Talks to examples/crud at the URL in the argument, and prints what it sees.
import createClient from "openapi-fetch";
import type { components, paths } from "./library-api.js";

type Book = components["schemas"]["Book"];

const baseUrl = process.argv[2];
let cookie = "";
const client = createClient<paths>({ baseUrl });
client.use({
  onRequest({ request }) {
    if (cookie) request.headers.set("Cookie", cookie);
    return request;
  },
  onResponse({ response }) {
    cookie = response.headers.getSetCookie()[0]?.split(";")[0] ?? cookie;
  },
});

const refused = await client.POST("/api/books", { body: { isbn: "9780596520687", title: "T", author: "A", copies: 1 } });
console.log("refused", refused.error?.status, refused.error?.detail);

const user = await client.POST("/api/session", { body: { email: "editor@example.com", password: "dram-demo" } });
console.log("in", user.data?.name, user.data?.role);

const created = await client.POST("/api/books", {
  params: { header: { "Idempotency-Key": "one" } },
  body: { isbn: "978-0-596-52068-7", title: "Regular Expressions", author: "Jan Goyvaerts", copies: 2 },
});
if (!created.data) throw new Error(JSON.stringify(created.error));
const book: Book = created.data;
const tag = created.response.headers.get("ETag") ?? "";
console.log("created", book.isbn, book.available, tag, created.response.headers.get("Location"));

const changed = await client.PATCH("/api/books/{id}", {
  params: { path: { id: book.id }, header: { "If-Match": tag } },
  body: { title: "Regular Expressions Cookbook" },
});
console.log("changed", changed.data?.title, changed.response.headers.get("ETag"));

const stale = await client.PATCH("/api/books/{id}", { params: { path: { id: book.id }, header: { "If-Match": tag } }, body: { copies: 3 } });
console.log("stale", stale.error?.status);

const list = await client.GET("/api/books", { params: { query: { q: "cookbook", sort: "-title", limit: 1 } } });
console.log("listed", list.data?.items?.map((one) => one.title).join(), list.data?.links.next === undefined);

const loan = await client.POST("/api/books/{id}/loans", { params: { path: { id: book.id } } });
console.log("borrowed", loan.data?.title, loan.data?.returned_at);

const broken = await client.POST("/api/books", { body: { isbn: "1", title: "", author: "A", copies: -1 } });
console.log("broken", broken.error?.status, broken.error?.errors?.map((fault) => `${fault.pointer} ${fault.rule}`).join(", "));

const out = await client.DELETE("/api/session");
console.log("out", out.response.status);

// @ts-expect-error: the document says that If-Match is needed
const careless = () => client.DELETE("/api/books/{id}", { params: { path: { id: 1 } } });
void careless;
