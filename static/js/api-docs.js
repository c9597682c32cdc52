// Shows the OpenAPI document that the page names.
const place = document.getElementById("api-docs");
SwaggerUIBundle({
  domNode: place,
  url: place.dataset.document,
  deepLinking: true,
  tryItOutEnabled: true,
  validatorUrl: null, // no request to another host
});
