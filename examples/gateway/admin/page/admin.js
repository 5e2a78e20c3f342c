"use strict";
// The page is whole without this: here it is kept as things are.
const live = document.getElementById("live");
const events = new EventSource("events?tag=" + encodeURIComponent(live.dataset.tag));
events.addEventListener("open", () => { live.textContent = "live"; });
events.addEventListener("error", () => { live.textContent = "not live: the gateway does not answer, or you are logged out"; });
events.addEventListener("cells", event => {
	for (const cell of JSON.parse(event.data)) {
		const at = document.getElementById(cell.id);
		if (!at) continue;
		at.textContent = cell.text;
		at.dataset.state = cell.state;
	}
});
events.addEventListener("decisions", event => { document.getElementById("decisions").innerHTML = JSON.parse(event.data); });
events.addEventListener("file", () => {
	events.close();
	const again = document.createElement("a");
	again.href = "./";
	again.textContent = "load the page again";
	live.replaceChildren("the file has changed: ", again);
});
