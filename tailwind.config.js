// The scale and the colour names of the templates. static/src/app.css defines the
// colours, because they change with the theme.
const colours = ["canvas", "surface", "sunken", "line", "line-strong", "ink", "ink-2", "ink-3", "accent", "on-accent", "link", "tint", "ok", "warn", "bad", "info", "ok-t", "warn-t", "bad-t", "info-t"];

/** @type {import("tailwindcss").Config} */
export default {
  theme: {
    colors: { current: "currentColor", transparent: "transparent", ...Object.fromEntries(colours.map((name) => [name, `var(--${name})`])) },
    fontSize: {
      meta: ["0.75rem", "1.125rem"],
      small: ["0.8125rem", "1.25rem"],
      body: ["0.875rem", "1.375rem"],
      read: ["1rem", "1.5rem"],
      section: ["1.1875rem", "1.625rem"],
      title: ["1.5rem", "1.875rem"],
    },
    fontFamily: { sans: "var(--sans)", mono: "var(--mono)" },
    fontWeight: { normal: "400", medium: "500", semibold: "600" },
    screens: { sm: "40rem", md: "48rem", lg: "64rem" },
    extend: { maxWidth: { form: "40rem", text: "72ch", page: "72rem" } },
  },
};
