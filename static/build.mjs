// Builds static/dist and static/dist.go from static/src, the templates and the
// locked npm packages. The same inputs give the same bytes: `npm ci && npm run build`.
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, brotliDecompressSync, constants, gunzipSync, gzipSync } from "node:zlib";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const src = join(root, "static/src");
const dist = join(root, "static/dist");
const modules = join(root, "node_modules");

const sha256 = (data) => createHash("sha256").update(data).digest("hex");
const walk = (dir) =>
  readdirSync(dir).flatMap((name) => {
    const path = join(dir, name);
    return statSync(path).isDirectory() ? walk(path) : [path];
  });
const templates = walk(join(root, "views")).filter((path) => path.endsWith(".html"));
const structs = walk(join(root, "views")).filter((path) => path.endsWith(".go") && !path.endsWith("_test.go"));

// The sprite contains only the icons that the views use: {{icon "name"}} in templates,
// icon("name") and Icon: "name" in Go.
function sprite() {
  const calls = [...templates, ...structs].flatMap((path) => [...readFileSync(path, "utf8").matchAll(/\bicon(?::? |\()"([a-z0-9-]+)"/gi)]);
  const names = [...new Set(calls.map((call) => call[1]))].sort();
  const symbols = names.map((name) => {
    const svg = readFileSync(join(modules, "lucide-static/icons", name + ".svg"), "utf8");
    const shapes = svg.slice(svg.indexOf(">", svg.indexOf("<svg")) + 1, svg.lastIndexOf("</svg>"));
    return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${shapes.replace(/\s*\n\s*/g, "").replace(/ \/>/g, "/>")}</symbol>`;
  });
  return `<!-- Lucide, ISC licence --><svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>\n`;
}

function css(fontPath) {
  const out = join(dist, "app.css");
  execFileSync(process.execPath, [join(modules, "@tailwindcss/cli/dist/index.mjs"), "-i", join(src, "app.css"), "-o", out, "--minify"], { cwd: root, stdio: ["ignore", "ignore", "inherit"] });
  return readFileSync(out, "utf8").replaceAll(/url\(["']?(?:\.\/)?instrument-sans\.woff2["']?\)/g, `url(${fontPath})`);
}

const types = {
  css: "text/css; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  svg: "image/svg+xml",
  png: "image/png",
  ico: "image/x-icon",
  woff2: "font/woff2",
  txt: "text/plain; charset=utf-8",
  webmanifest: "application/manifest+json",
};
const packed = new Set(["css", "js", "svg"]); // the other types are compressed already or tiny
const entries = [];

// A compressed file is written only when it does not unpack to the body. Other
// releases of Node compress to different bytes, which would look like a change.
function compress(path, body, pack, unpack) {
  try {
    if (unpack(readFileSync(path)).equals(body)) return;
  } catch {
    // missing or damaged: it is written below
  }
  writeFileSync(path, pack(body));
}

function put(name, data, { path } = {}) {
  const body = Buffer.from(data);
  const ext = name.split(".").pop();
  const hash = sha256(body);
  const entry = { name, type: types[ext], etag: hash.slice(0, 16), hashed: !path, packed: packed.has(ext) && body.length > 1024 };
  entry.path = path ?? `/static/${name.slice(0, -ext.length - 1)}.${hash.slice(0, 8)}.${ext}`;
  writeFileSync(join(dist, name), body);
  if (entry.packed) {
    compress(join(dist, name + ".gz"), body, (b) => gzipSync(b, { level: 9 }), gunzipSync);
    const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: body.length } };
    compress(join(dist, name + ".br"), body, (b) => brotliCompressSync(b, quality), brotliDecompressSync);
  }
  entries.push(entry);
  return entry;
}

const read = (path) => readFileSync(path);

mkdirSync(dist, { recursive: true });
const font = put("instrument-sans.woff2", read(join(modules, "@fontsource-variable/instrument-sans/files/instrument-sans-latin-wght-normal.woff2")));
put("app.css", css(font.path.split("/").pop()));
put("app.js", read(join(src, "app.js")));
put("htmx.js", read(join(modules, "htmx.org/dist/htmx.min.js")));
put("icons.svg", sprite());
put("favicon.svg", read(join(src, "favicon.svg")));
for (const name of ["touch-icon.png", "icon-192.png", "icon-512.png", "icon-maskable.png", "share.png"]) put(name, read(join(src, name)));
put("favicon.ico", read(join(src, "favicon.ico")), { path: "/favicon.ico" });
put("robots.txt", read(join(src, "robots.txt")), { path: "/robots.txt" });
const manifest = readFileSync(join(src, "manifest.webmanifest"), "utf8");
const hashed = (name) => entries.find((entry) => entry.name === name).path;
put("manifest.webmanifest", manifest.replace(/(?<="src": ")[^"]+/g, hashed), { path: "/manifest.webmanifest" });

// dist.go embeds each file as a []byte, so that serving it needs no copy.
const ident = (name) => name.replace(/[^a-z0-9]+(.)/g, (_, c) => c.toUpperCase());
const embeds = entries.flatMap((e) => [e.name, ...(e.packed ? [e.name + ".gz", e.name + ".br"] : [])]);
const rows = entries.map((e) => {
  const bodies = e.packed ? [ident(e.name), ident(e.name + ".gz"), ident(e.name + ".br")] : [ident(e.name), "nil", "nil"];
  return `\t{"${e.name}", "${e.path}", Asset{"${e.type}", ${bodies.join(", ")}, \`"${e.etag}"\`, ${e.hashed}}},\n`;
});
writeFileSync(
  join(root, "static/dist.go"),
  `// Code generated by static/build.mjs. DO NOT EDIT.\n\npackage static\n\nimport _ "embed" // for the directives below\n\n` +
    embeds.map((name) => `//go:embed dist/${name}\nvar ${ident(name)} []byte\n\n`).join("") +
    `var entries = []entry{\n${rows.join("")}}\n`,
);

// The hash of the sources of dist. A test compares it, which finds a forgotten
// build without Node.
const inputs = [...walk(src), ...templates, ...["static/build.mjs", "tailwind.config.js", "package.json", "package-lock.json"].map((path) => join(root, path))];
const lines = inputs.map((path) => relative(root, path)).sort().map((path) => `${sha256(read(join(root, path)))}  ${path}\n`);
writeFileSync(join(dist, "inputs.sha256"), sha256(lines.join("")) + "\n");

const known = new Set([...embeds, "inputs.sha256"]);
for (const name of readdirSync(dist)) if (!known.has(name)) rmSync(join(dist, name));
for (const e of entries) {
  const gz = join(dist, e.name + ".gz");
  console.log(e.path.padEnd(44), String(statSync(join(dist, e.name)).size).padStart(7), existsSync(gz) ? `${statSync(gz).size} gz` : "");
}
