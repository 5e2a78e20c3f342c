// Adds a form to each route that sends the request and shows the answer as it comes. Credentials
// are nowhere but in the fields of this page.
"use strict";

function make(name, properties, ...children) {
	const element = Object.assign(document.createElement(name), properties);
	element.append(...children);
	return element;
}

// schemes are functions that add credentials to a request, and say whether there are any.
const schemes = {};
for (const row of document.querySelectorAll("tr[data-scheme]")) {
	const { scheme, way, key } = row.dataset;
	const names = { basic: ["user", "password"], bearer: ["token"], header: ["key"], query: ["key"] }[way] ?? [];
	const inputs = names.map(name => make("input", { type: name === "user" ? "text" : "password", autocomplete: "off" }));
	const form = make("form", {}, ...inputs.map((input, i) => make("label", {}, names[i], input)));
	form.addEventListener("submit", event => event.preventDefault());
	if (inputs.length > 0) row.lastElementChild.append(form);
	schemes[scheme] = {
		given: () => inputs.length > 0 && inputs[0].value !== "",
		add(headers, url) {
			const [first, second] = inputs.map(input => input.value);
			const bytes = () => String.fromCharCode(...new TextEncoder().encode(`${first}:${second}`));
			({
				basic: () => headers.set("Authorization", "Basic " + btoa(bytes())),
				bearer: () => headers.set("Authorization", "Bearer " + first),
				header: () => headers.set(key, first),
				query: () => url.searchParams.append(key, first),
			})[way]();
		},
	};
}

for (const section of document.querySelectorAll("section[data-method]")) {
	addForm(section, section.dataset);
}

function addForm(section, { method, path, media, accept, schemes: alternatives, example }) {
	const form = make("form", {});
	const field = (label, input) => {
		form.append(make("label", {}, label, input));
		return input;
	};
	const choice = (label, values) => field(label, make("select", { name: label }, ...values.map(value => make("option", {}, value))));
	const inputs = [];
	for (const row of section.querySelectorAll("tr[data-in]")) {
		const { name, in: where, list, file, rest, example } = row.dataset;
		if (!["path", "query", "header", "form"].includes(where)) continue;
		const input = file ? make("input", { type: "file", multiple: list !== "" })
			: list ? make("textarea", { rows: 2, placeholder: "one value per line", value: example })
			: make("input", { value: example });
		input.name = name;
		inputs.push({ name, where, list, rest, input: field(`${name} (${where})`, input) });
	}
	const types = media ? media.split(" ") : [];
	const type = types.length > 1 ? choice("Content-Type", types) : make("input", { value: types[0] ?? "" });
	const asForm = () => /form/.test(type.value);
	const body = types.some(one => !/form/.test(one)) ? field("body", make("textarea", { name: "body", rows: 8 })) : null;
	const texts = { "application/json": example }; // of the body, by its type
	const choose = () => {
		for (const one of inputs) if (one.where === "form") one.input.parentElement.hidden = !asForm();
		if (!body) return;
		body.parentElement.hidden = asForm();
		body.value = texts[type.value] ?? "";
	};
	body?.addEventListener("input", () => texts[type.value] = body.value);
	type.addEventListener("change", choose);
	choose();
	const wanted = accept ? choice("Accept", accept.split(" ")) : null;
	const stop = make("button", { type: "button", textContent: "Stop", hidden: true });
	const answer = make("pre", { hidden: true });
	answer.setAttribute("role", "status");
	form.append(make("div", { className: "buttons" }, make("button", { textContent: "Try it" }), stop));
	section.append(form, answer);

	const request = () => {
		const headers = new Headers();
		const values = ({ input, list }) => input.value === "" ? [] : !list ? [input.value] : list === "&" ? input.value.split("\n") : [input.value.split("\n").join(list)];
		const inPath = name => {
			const { input, rest } = inputs.find(one => one.where === "path" && one.name === name);
			return rest ? input.value.replace(/^\//, "").split("/").map(encodeURIComponent).join("/") : encodeURIComponent(input.value);
		};
		const target = path.slice(1).split(/(\{[^{}]+\})/).map(part => part.startsWith("{") ? inPath(part.slice(1, -1)) : encodeURI(part)).join("");
		const url = new URL((document.body.dataset.root || "./") + target, location.href);
		const data = type.value === "multipart/form-data" ? new FormData() : new URLSearchParams();
		for (const one of inputs) {
			if (one.input.type === "file") {
				for (const file of one.input.files) data.append(one.name, file);
				continue;
			}
			for (const value of values(one)) {
				if (one.where === "query") url.searchParams.append(one.name, value);
				if (one.where === "header") headers.append(one.name, value);
				if (one.where === "form") data.append(one.name, value);
			}
		}
		if (wanted) headers.set("Accept", wanted.value);
		if (types.length > 0 && !asForm()) headers.set("Content-Type", type.value); // that of a form is the browser's to set
		const names = JSON.parse(alternatives).find(names => names.length > 0 && names.every(name => schemes[name]?.given()));
		for (const name of names ?? []) schemes[name].add(headers, url);
		return [url, { method, headers, body: types.length === 0 ? undefined : asForm() ? data : body.value }];
	};

	let running = new AbortController();
	stop.addEventListener("click", () => running.abort());
	form.addEventListener("submit", async event => {
		event.preventDefault();
		running.abort();
		const mine = running = new AbortController();
		answer.hidden = stop.hidden = false;
		answer.textContent = "…";
		try {
			const [url, options] = request();
			await show(answer, await fetch(url, { ...options, signal: mine.signal }));
		} catch (error) {
			if (running === mine) answer.append(`\n${mine.signal.aborted ? "stopped" : error}`);
		}
		if (running === mine) stop.hidden = true;
	});
}

// show writes an answer while it comes: of a long one its end.
async function show(answer, response) {
	const head = `${response.status} ${response.statusText}\n${[...response.headers].map(([name, value]) => `${name}: ${value}`).join("\n")}\n\n`;
	const media = response.headers.get("Content-Type") ?? "";
	if (media !== "" && !/^text\/|json|xml|yaml|javascript|form-urlencoded/.test(media)) {
		const blob = await response.blob();
		answer.replaceChildren(head, make("a", { href: URL.createObjectURL(blob), download: "answer", textContent: `${blob.size} bytes` }));
		return;
	}
	const longest = 200_000;
	let text = "";
	answer.textContent = head;
	const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
	for (let part; reader && !(part = await reader.read()).done;) {
		text = (text + part.value).slice(-longest);
		answer.textContent = head + text;
	}
	answer.textContent = head + pretty(text);
}

function pretty(text) {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}
