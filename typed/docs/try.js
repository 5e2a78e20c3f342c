// Adds a form to each route that sends the request and shows the answer.
"use strict";
for (const section of document.querySelectorAll("section[data-method]")) {
	const { method, path } = section.dataset;
	const form = document.createElement("form");
	const field = (name, where, multiline) => {
		const label = document.createElement("label");
		label.append(`${name}${where ? ` (${where})` : ""}`);
		const input = document.createElement(multiline ? "textarea" : "input");
		Object.assign(input, { name, rows: 6 });
		input.dataset.in = where;
		label.append(input);
		form.append(label);
		return input;
	};
	const inputs = [...section.querySelectorAll("tr[data-in]")].filter(row => ["path", "query", "header"].includes(row.dataset.in))
		.map(row => field(row.dataset.name, row.dataset.in));
	const rows = [...section.querySelectorAll('tr[data-in=""]')];
	let body;
	if (!["GET", "HEAD"].includes(method) && section.querySelector("h3 small")) {
		body = field("body", "", true);
		body.value = JSON.stringify(Object.fromEntries(rows.map(row => [row.dataset.name, ""])), null, 2);
	}
	const button = document.createElement("button");
	button.textContent = "Try it";
	const answer = document.createElement("pre");
	answer.hidden = true;
	answer.setAttribute("role", "status");
	form.append(button);
	form.addEventListener("submit", async event => {
		event.preventDefault();
		const url = new URL(document.body.dataset.root + path.slice(1), location.href);
		const headers = {};
		let target = decodeURI(url.pathname);
		for (const input of inputs) {
			if (input.dataset.in === "path") {
				target = target.replace(`{${input.name}}`, encodeURIComponent(input.value));
			} else if (input.value !== "" && input.dataset.in === "query") {
				url.searchParams.append(input.name, input.value);
			} else if (input.value !== "") {
				headers[input.name] = input.value;
			}
		}
		if (body) headers["Content-Type"] = "application/json";
		answer.hidden = false;
		answer.textContent = "…";
		try {
			const response = await fetch(target + url.search, { method, headers, body: body?.value });
			const lines = [...response.headers].map(([name, value]) => `${name}: ${value}`);
			answer.textContent = `${response.status} ${response.statusText}\n${lines.join("\n")}\n\n${pretty(await response.text())}`;
		} catch (error) {
			answer.textContent = String(error);
		}
	});
	section.append(form, answer);
}

function pretty(text) {
	try {
		return JSON.stringify(JSON.parse(text), null, 2);
	} catch {
		return text;
	}
}
