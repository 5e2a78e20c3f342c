document.querySelector("#token").addEventListener("submit", async (event) => {
  event.preventDefault();
  const token = new FormData(event.target).get("token");
  const answer = await fetch("/api/notes", { headers: { Authorization: "Bearer " + token } });
  const out = document.querySelector("#notes");
  out.textContent = answer.ok ? JSON.stringify(await answer.json(), null, 2) : answer.status + " " + (await answer.json()).detail;
});
