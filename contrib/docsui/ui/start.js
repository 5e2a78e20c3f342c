SwaggerUIBundle({
  url: document.currentScript.dataset.spec,
  dom_id: "#ui",
  deepLinking: true,
  validatorUrl: null, // asks nobody else
});
