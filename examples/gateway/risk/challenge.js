"use strict";
// SHA-256 of texts of up to 55 letters: one block. Pages of plain HTTP have no crypto.subtle.
const start = [], keys = [];
for (let n = 2; keys.length < 64; n++) {
	let isPrime = true;
	for (let d = 2; d * d <= n; d++) isPrime = isPrime && n % d > 0;
	if (!isPrime) continue;
	if (start.length < 8) start.push(Math.sqrt(n) % 1 * 2 ** 32 | 0);
	keys.push(Math.cbrt(n) % 1 * 2 ** 32 | 0);
}
const turn = (x, n) => x >>> n | x << 32 - n;
function firstWord(text) {
	const w = new Int32Array(64);
	for (let i = 0; i < text.length; i++) w[i >> 2] |= text.charCodeAt(i) << 24 - i % 4 * 8;
	w[text.length >> 2] |= 0x80 << 24 - text.length % 4 * 8;
	w[15] = text.length * 8;
	let [a, b, c, d, e, f, g, h] = start;
	for (let i = 0; i < 64; i++) {
		if (i > 15) {
			const p = w[i - 15], q = w[i - 2];
			w[i] = w[i - 16] + (turn(p, 7) ^ turn(p, 18) ^ p >>> 3) + w[i - 7] + (turn(q, 17) ^ turn(q, 19) ^ q >>> 10);
		}
		const t = h + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + (e & f ^ ~e & g) + keys[i] + w[i];
		const u = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + (a & b ^ a & c ^ b & c);
		[a, b, c, d, e, f, g, h] = [t + u | 0, a, b, c, d + t | 0, e, f, g];
	}
	return start[0] + a >>> 0;
}
const said = document.getElementById("said"), {token, bits, cookie, life} = said.dataset;
const most = 2 ** (32 - bits);
(function work(n) {
	for (const end = n + 5000; n < end; n++) {
		if (firstWord(token + "." + n) >= most) continue;
		document.cookie = cookie + "=" + token + "." + n + ";path=/;samesite=lax;max-age=" + life + (location.protocol === "https:" ? ";secure" : "");
		if (document.cookie.includes(token)) location.reload();
		else said.textContent = "Your browser keeps no cookies: please allow them for this page.";
		return;
	}
	setTimeout(work, 0, n);
})(0);
