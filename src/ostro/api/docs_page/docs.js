// Shows the OpenAPI document of this server and sends requests by hand. Text of the document is only ever put in as text.
"use strict";

let components = {};

function element(name, properties = {}, ...children) {
  const found = Object.assign(document.createElement(name), properties);
  found.append(...children);
  return found;
}

function resolved(schema) {
  return schema && schema.$ref ? components[schema.$ref.split("/").pop()] || {} : schema || {};
}

function typeOf(schema) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const several = schema.anyOf || schema.oneOf;
  if (several) return several.map(typeOf).join(" or ");
  if (schema.enum) return schema.enum.join(" | ");
  if (schema.type === "array") return `list of ${typeOf(schema.items)}`;
  return schema.format || schema.type || "anything";
}

function example(schema, depth = 0) {
  const found = resolved(schema);
  if ("default" in found) return found.default;
  const several = found.anyOf || found.oneOf;
  if (several) return several.some((s) => s.type === "null") ? null : example(several[0], depth);
  if ("const" in found) return found.const;
  if (found.enum) return found.enum[0];
  if (found.properties) {
    if (depth > 3) return {};
    const fields = Object.entries(found.properties).map(([name, field]) => [name, example(field, depth + 1)]);
    return Object.fromEntries(fields);
  }
  if (found.type === "array") return [];
  return { string: "", integer: 0, number: 0, boolean: false, object: {} }[found.type] ?? null;
}

function fieldsOf(schema) {
  const found = resolved(schema);
  if (!found.properties) return element("p", { className: "quiet", textContent: typeOf(schema) });
  const required = found.required || [];
  const rows = Object.entries(found.properties).map(([name, field]) =>
    element("tr", {},
      element("td", {}, element("code", { textContent: name }), required.includes(name) ? " *" : ""),
      element("td", { className: "quiet", textContent: typeOf(field) })));
  return element("table", {}, ...rows);
}

function parameterRows(parameters, inputs) {
  return parameters.map((parameter) => {
    const input = element("input", { ariaLabel: parameter.name });
    inputs.push([parameter, input]);
    return element("tr", {},
      element("td", {}, element("code", { textContent: parameter.name }), parameter.required ? " *" : ""),
      element("td", {}, input),
      element("td", { className: "quiet", textContent: `${typeOf(parameter.schema)} ${parameter.description || ""}` }));
  });
}

async function send(method, path, inputs, body, out) {
  let address = path;
  const query = new URLSearchParams();
  const headers = { Accept: "application/json", "X-Ostro-CSRF": "1" };
  for (const [parameter, input] of inputs) {
    if (parameter.in === "path") address = address.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
    else if (input.value === "") continue;
    else if (parameter.in === "header") headers[parameter.name] = input.value;
    else if (resolved(parameter.schema).type === "array") input.value.split(",").forEach((v) => query.append(parameter.name, v.trim()));
    else query.append(parameter.name, input.value);
  }
  if (body) headers["Content-Type"] = "application/json";
  const asked = address.replace(/^\//, "") + (query.size ? `?${query}` : "");
  try {
    const answer = await fetch(asked, { method, headers, body: body ? body.value : undefined, redirect: "manual" });
    const text = await answer.text();
    let shown = text;
    try { shown = JSON.stringify(JSON.parse(text), null, 2); } catch { /* no JSON: as it is */ }
    out.textContent = `${method} /${asked}\n${answer.status} ${answer.statusText}\n\n${shown}`;
  } catch (error) {
    out.textContent = `${method} /${asked}\n${error}`;
  }
}

function opened(holder, path, method, operation) {
  const inputs = [];
  const parts = [element("p", { textContent: operation.description || "" })];
  const rows = parameterRows(operation.parameters || [], inputs);
  if (rows.length) parts.push(element("table", {}, ...rows));
  let body = null;
  const wanted = operation.requestBody?.content?.["application/json"]?.schema;
  if (wanted) {
    body = element("textarea", { value: JSON.stringify(example(wanted), null, 2), ariaLabel: "Body", spellcheck: false });
    parts.push(element("h3", { textContent: `Body: ${typeOf(wanted)}` }), fieldsOf(wanted), body);
  }
  const out = element("pre", { hidden: true });
  const button = element("button", { type: "button", textContent: "Send" });
  button.addEventListener("click", () => { out.hidden = false; send(method.toUpperCase(), path, inputs, body, out); });
  parts.push(button, out, element("h3", { textContent: "Answers" }));
  for (const [status, answer] of Object.entries(operation.responses)) {
    const schema = answer.content?.["application/json"]?.schema;
    parts.push(element("p", { textContent: `${status} ${answer.description} ${schema ? typeOf(schema) : ""}` }));
    if (status.startsWith("2") && schema) parts.push(fieldsOf(schema));
  }
  holder.append(...parts);
}

function show(found) {
  components = found.components.schemas;
  const groups = new Map();
  for (const [path, methods] of Object.entries(found.paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const holder = element("details", {},
        element("summary", {},
          element("span", { className: "method", textContent: method.toUpperCase() }),
          element("code", { textContent: path }), " ",
          element("span", { className: "quiet", textContent: (operation.description || "").split("\n")[0] })));
      holder.dataset.words = `${method} ${path} ${operation.description || ""}`.toLowerCase();
      holder.addEventListener("toggle", () => opened(holder, path, method, operation), { once: true });
      const tag = (operation.tags || ["Other"])[0];
      groups.set(tag, [...(groups.get(tag) || []), holder]);
    }
  }
  const sections = [...groups].sort(([a], [b]) => a.localeCompare(b)).map(([tag, holders]) =>
    element("section", {}, element("h2", { textContent: tag }), ...holders));
  const main = document.getElementById("operations");
  main.replaceChildren(...sections);
  document.getElementById("search").addEventListener("input", (event) => {
    const words = event.target.value.toLowerCase().split(/\s+/);
    for (const section of sections) {
      const holders = [...section.querySelectorAll("details")];
      for (const holder of holders) holder.hidden = !words.every((word) => holder.dataset.words.includes(word));
      section.hidden = holders.every((holder) => holder.hidden);
    }
  });
}

fetch("openapi.json").then(async (answer) => {
  if (answer.ok) show(await answer.json());
  else if (answer.status === 401) location.assign("login?next=%2Fdocs");
  else document.getElementById("operations").textContent = `The description could not be read (${answer.status}).`;
});
