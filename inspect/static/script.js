"use strict";
// The pages are whole without this: here requests are added while they come in, and texts copied.
const live = document.getElementById("live");
if (live) {
	const rows = document.getElementById("rows"), count = document.getElementById("count"), none = document.getElementById("none");
	const query = new URLSearchParams({ after: live.dataset.after, q: new URLSearchParams(location.search).get("q") ?? "" });
	let events = null;
	const waiting = []; // what comes while somebody reads or is in a row with the keyboard
	let held = false;
	const isIn = () => rows.contains(document.activeElement);
	const add = html => {
		rows.insertAdjacentHTML("afterbegin", html);
		while (rows.rows.length > 200) rows.deleteRow(-1);
		none.hidden = rows.rows.length > 0;
	};
	const show = () => {
		if (!held && !isIn()) for (const html of waiting.splice(0)) add(html);
	};
	const hold = now => {
		held = now;
		live.textContent = held ? "Held" : "Live";
		show();
	};
	rows.addEventListener("focusout", () => setTimeout(show)); // when the focus is where it goes
	const pause = document.createElement("button");
	pause.type = "button";
	pause.textContent = "Hold";
	pause.setAttribute("aria-pressed", "false");
	pause.addEventListener("click", () => {
		hold(!held);
		pause.setAttribute("aria-pressed", String(held));
	});
	live.parentElement.prepend(pause, " ");
	const open = () => {
		if (events || document.hidden) return;
		events = new EventSource(live.dataset.events + "?" + query);
		events.addEventListener("open", () => { if (!held) live.textContent = "Live"; });
		events.addEventListener("error", () => { live.textContent = "Not live: the program does not answer, or another address was printed"; });
		events.addEventListener("moved", () => { // a browser has few connections to a server, for all tabs
			events.close();
			events = null;
			live.textContent = "Live in other tabs: click here to go on";
		});
		events.addEventListener("requests", event => {
			const data = JSON.parse(event.data);
			query.set("after", event.lastEventId);
			count.textContent = data.count;
			if (waiting.push(data.rows) > 4) waiting.shift();
			show();
		});
	};
	document.addEventListener("visibilitychange", open);
	for (const name of ["pageshow", "focus", "click"]) window.addEventListener(name, open);
}
for (const text of document.querySelectorAll("[data-copy]")) {
	const button = document.createElement("button");
	button.type = "button";
	button.textContent = "Copy";
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(text.textContent);
		button.textContent = "Copied";
		setTimeout(() => { button.textContent = "Copy"; }, 2000);
	});
	text.before(button);
}
