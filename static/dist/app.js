// Enhancements of pages that also work without scripts. Listeners are attached to
// the document and find their elements by data-* attributes, so that swapped
// content needs no setup. No text is evaluated as code.
(() => {
  "use strict";

  const $ = (selector, within = document) => within.querySelector(selector);
  const byId = (id) => document.getElementById(id);
  const on = (type, listener, capture) => document.addEventListener(type, listener, capture);
  const hook = (event, name) => event.target.closest?.(`[data-${name}]`);

  // Shows a message in the live region that every shell has.
  function notify(text, tone = "info") {
    const region = byId("flash");
    if (!region) return;
    const notice = document.createElement("div");
    const paragraph = document.createElement("p");
    notice.className = "notice";
    notice.dataset.tone = tone;
    paragraph.textContent = text;
    notice.append(paragraph);
    region.replaceChildren(notice);
    pin();
  }

  // A new message stays in the window for a while, so that the page need not scroll to it.
  let pinned;

  function pin() {
    byId("flash").dataset.pinned = "yes";
    clearTimeout(pinned);
    pinned = setTimeout(() => delete byId("flash").dataset.pinned, 10_000);
  }

  // ---- Times: the server writes UTC; this shows the time zone of the browser.

  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const date = new Intl.DateTimeFormat(undefined, { dateStyle: "medium" });
  const exact = new Intl.DateTimeFormat(undefined, { dateStyle: "full", timeStyle: "long" });
  const distance = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
  const steps = [[60, "second"], [60, "minute"], [24, "hour"], [30, "day"], [12, "month"], [Infinity, "year"]];

  function ago(then) {
    let n = (then - Date.now()) / 1000;
    if (Math.abs(n) < 45) return distance.format(0, "second");
    for (const [size, unit] of steps) {
      if (Math.abs(n) < size) return distance.format(Math.round(n), unit);
      n /= size;
    }
  }

  function times(within = document) {
    for (const time of within.querySelectorAll("time[data-time]")) {
      const then = new Date(time.dateTime);
      if (isNaN(then)) continue;
      const style = time.dataset.time;
      time.textContent = style === "ago" ? ago(then) : (style === "day" ? date : full).format(then);
      time.title = exact.format(then);
    }
  }

  // ---- Passwords: show and hide. They are hidden before a form is submitted.

  function reveal(button, show) {
    const input = byId(button.dataset.reveal);
    if (!input) return;
    input.type = show ? "text" : "password";
    button.textContent = show ? "Hide" : "Show";
    button.setAttribute("aria-label", show ? "Hide password" : "Show password");
  }

  // ---- Copying: the text of the attribute, or the code that the box shows.

  async function copy(button) {
    const label = [...button.childNodes];
    const shown = [...(button.closest("[data-snippet]") ?? button.parentElement).querySelectorAll("code")].find((code) => code.checkVisibility());
    try {
      await navigator.clipboard.writeText(button.dataset.copy || shown.textContent);
    } catch {
      if (shown) getSelection().selectAllChildren(shown);
      return notify("Press Ctrl+C to copy.");
    }
    if (button.dataset.copied) return;
    button.dataset.copied = "yes";
    button.replaceChildren("Copied");
    announce("Copied");
    setTimeout(() => {
      delete button.dataset.copied;
      button.replaceChildren(...label);
    }, 2000);
  }

  // Announces a text only to screen readers.
  function announce(text) {
    let region = byId("quiet");
    if (!region) {
      region = document.createElement("div");
      region.id = "quiet";
      region.className = "sr-only";
      region.setAttribute("role", "status");
      byId("main").append(region);
    }
    region.textContent = "";
    setTimeout(() => (region.textContent = text), 50);
  }

  // ---- Textareas count characters as the server does. Near the limit, a pause in
  // typing announces the count.

  const number = new Intl.NumberFormat();
  let pause;

  function count(area) {
    const left = area.dataset.max - [...area.value.replace(/\r\n/g, "\n")].length;
    const many = Math.abs(left) === 1 ? "character" : "characters";
    const text = left < 0 ? `${number.format(-left)} ${many} too many` : `${number.format(left)} ${many} left`;
    const output = byId(area.id + "-count");
    if (!output) return;
    output.textContent = text;
    output.classList.toggle("error", left < 0);
    clearTimeout(pause);
    if (left < 100 && document.activeElement === area) pause = setTimeout(announce, 1000, text);
  }

  // New passwords count up to the least length.
  function measure(input) {
    const typed = [...input.value].length;
    const short = typed < input.dataset.min;
    const text = short ? `${typed} of ${input.dataset.min} characters` : `✓ ${typed} characters`;
    const output = byId(input.id + "-length");
    const news = short || output.dataset.short !== "";
    output.textContent = typed ? text : "";
    output.dataset.short = short ? "yes" : "";
    clearTimeout(pause);
    if (typed && news) pause = setTimeout(announce, 1000, text.replace("✓", "Long enough:"));
  }

  // ---- Submitting: a form is submitted once; its button is busy and keeps the focus.

  // The response to a form without htmx is another page, or a download, of which no event
  // tells. After a second, which is longer than a double click, the form can be submitted
  // again.
  function busy(form, submitter) {
    form.dataset.sending = "yes";
    if (!form.hasAttribute("hx-post")) setTimeout(sent, 1000, form);
    (submitter ?? $("button:not([type=button])", form))?.setAttribute("aria-busy", "true");
  }

  function idle(form) {
    delete form.dataset.sending;
    for (const button of form.querySelectorAll("[aria-busy]")) button.removeAttribute("aria-busy");
    for (const bar of form.querySelectorAll(".upload")) bar.hidden = true;
  }

  // The page of a download stays, and keeps no password.
  function sent(form) {
    idle(form);
    if (!("download" in form.dataset)) return;
    for (const input of form.querySelectorAll("input[type=password]")) input.value = "";
  }

  let confirmed;

  function ask(question, form, submitter) {
    const dialog = byId("confirm");
    byId("confirm-title").textContent = question.confirm;
    byId("confirm-text").textContent = question.confirmText ?? "";
    $("[value=yes]", dialog).textContent = question.confirmVerb;
    dialog.returnValue = "";
    dialog.onclose = () => {
      if (dialog.returnValue !== "yes") return;
      confirmed = form;
      form.requestSubmit(submitter);
    };
    dialog.showModal();
    $("[value=no]", dialog).focus();
  }

  // In the capture phase, so that it runs before htmx.
  on("submit", (event) => {
    const form = event.target;
    const submitter = event.submitter;
    if (form.method === "dialog") return;
    const question = submitter?.dataset.confirm ? submitter.dataset : form.dataset;
    const stop = () => {
      event.preventDefault();
      event.stopImmediatePropagation();
    };
    if (form.dataset.sending) return stop();
    if (question.confirm && confirmed !== form && byId("confirm")) {
      stop();
      return ask(question, form, submitter);
    }
    confirmed = null;
    for (const button of form.querySelectorAll("[data-reveal]")) reveal(button, false);
    busy(form, submitter);
  }, true);

  // ---- htmx.

  // htmx ignores the formaction of a button; this respects it as browsers do.
  on("htmx:config:request", ({ detail: { ctx } }) => {
    const action = ctx.request.submitter?.getAttribute("formaction");
    if (action) ctx.request.action = action;
    const bar = $(".upload", ctx.sourceElement);
    if (bar) ctx.fetch = (url, request) => upload(url, request, bar);
  });

  // Replaces fetch, which does not tell how much it has sent.
  function upload(url, { method, headers, body, signal }, bar) {
    return new Promise((resolve, reject) => {
      const xhr = new XMLHttpRequest();
      xhr.open(method, url);
      for (const [name, value] of Object.entries(headers)) xhr.setRequestHeader(name, value);
      xhr.upload.onprogress = ({ loaded, total }) => (bar.value = loaded / total);
      xhr.onload = () => {
        const lines = xhr.getAllResponseHeaders().trim().split("\r\n");
        resolve(new Response(xhr.response, { status: xhr.status, headers: lines.map((line) => line.split(/: (.*)/s, 2)) }));
      };
      xhr.onerror = () => reject(new TypeError("the upload failed"));
      signal?.addEventListener("abort", () => xhr.abort());
      bar.hidden = false;
      xhr.send(body);
    });
  }

  const failed = "Something went wrong, and nothing was changed. Try again.";

  // The session has changed: the response to the form is a whole page, with what was typed.
  function sendAgain(ctx) {
    const { sourceElement: form, request: { action, submitter } } = ctx;
    ctx.keepIndicators = true;
    form.action = action;
    if (submitter?.name) {
      const field = document.createElement("input");
      Object.assign(field, { type: "hidden", name: submitter.name, value: submitter.value });
      form.append(field);
    }
    HTMLFormElement.prototype.submit.call(form);
  }

  on("htmx:response:error", ({ detail: { ctx } }) => {
    if (ctx.hx.sendagain) sendAgain(ctx);
    else if (![413, 422].includes(ctx.response.status) && !ctx.hx.redirect && !/<hx-partial\b/.test(ctx.text)) notify(failed, "bad");
  });

  on("htmx:error", ({ detail }) => {
    if (!detail.ctx) return;
    notify(navigator.onLine ? "Stoa cannot be reached. Nothing was changed; try again." : "You are offline. Nothing was changed.", "bad");
  });

  on("htmx:finally:request", ({ detail: { ctx } }) => {
    if (ctx.sourceElement instanceof HTMLFormElement && !ctx.keepIndicators) idle(ctx.sourceElement);
  });

  // Each response replaces the messages of the one before it, also one that swaps no form.
  on("htmx:before:response", ({ detail: { ctx } }) => {
    if (!(ctx.sourceElement instanceof HTMLFormElement)) return;
    byId("flash")?.replaceChildren();
    for (const old of ctx.sourceElement.querySelectorAll("[data-errors], .error[id$=-error], .saved")) old.remove();
    for (const input of ctx.sourceElement.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  });

  // When a swap removes the row that has the focus, the row at its index gets it. The
  // pressed button, or else the part that is swapped, stays where it is in the window.
  const aRow = "tbody tr, .list > li";
  const topOf = (id) => byId(id)?.getBoundingClientRect().top;
  let removed, still;

  on("htmx:before:swap", ({ detail: { ctx } }) => {
    const button = ctx.request?.submitter;
    const row = button?.closest(aRow);
    still = [button?.id, ctx.target?.id].filter(Boolean).map((id) => ({ id, top: topOf(id) }));
    removed = row && { list: ctx.target?.id, index: [...byId(ctx.target?.id)?.querySelectorAll(aRow) ?? []].indexOf(row) };
  });

  on("htmx:after:swap", () => {
    const main = byId("main");
    ready(main);
    document.title = document.title.replace(/^(Error: )?/, $("[data-errors]", main) ? "Error: " : "");
    const flash = byId("flash");
    if (flash?.firstElementChild) pin();
    const saved = $(".saved", main);
    if (saved) announce(saved.textContent);
    const place = still?.find(({ id }) => byId(id));
    if (place && !$("[data-errors]", main)) scrollBy(0, topOf(place.id) - place.top);
    if (document.activeElement !== document.body) return;
    const rows = (removed && byId(removed.list)?.querySelectorAll(aRow)) || [];
    const row = rows[Math.min(removed?.index, rows.length - 1)];
    ((row && $("button", row)) ?? main).focus({ preventScroll: true });
  });

  // ---- The API reference: one language for all examples, which the links keep, and in
  // the list the mark of the operation that is read.

  on("change", ({ target }) => {
    if (!target.closest("[data-langs]")) return;
    for (const radio of document.querySelectorAll("[data-langs] input")) radio.checked ||= radio.value === target.value;
    for (const link of document.links) if (link.pathname.startsWith("/docs/api")) link.search = "?lang=" + target.value;
    history.replaceState(history.state, "", "?lang=" + target.value + location.hash);
  });

  const reading = new IntersectionObserver((seen) => {
    const id = seen.findLast((entry) => entry.isIntersecting)?.target.getAttribute("aria-labelledby");
    if (!id) return;
    for (const link of document.querySelectorAll("[data-spy] a[href*='#']")) {
      if (link.hash !== "#" + id || link.pathname !== location.pathname) link.removeAttribute("aria-current");
      else {
        link.setAttribute("aria-current", "true");
        const list = link.closest("[data-spy]"); // scrollIntoView would also scroll the window
        list.scrollTop = link.offsetTop - list.clientHeight / 2;
      }
    }
  }, { rootMargin: "0px 0px -70% 0px" });

  for (const section of document.querySelectorAll("section.op[aria-labelledby]")) reading.observe(section);

  // ---- Other events.

  on("click", (event) => {
    const toggle = hook(event, "reveal");
    if (toggle) reveal(toggle, toggle.textContent === "Show");
    const copier = hook(event, "copy");
    if (copier) copy(copier);
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      if (!menu.contains(event.target)) menu.open = false;
    }
    const link = event.target.closest?.("[data-errors] a");
    const field = link && byId(link.hash.slice(1));
    if (field && !(event.ctrlKey || event.metaKey || event.shiftKey)) {
      event.preventDefault();
      field.focus();
      field.closest(".field")?.scrollIntoView({ block: "nearest" });
    }
  });

  // "/" opens the search, or goes to its field.
  on("keydown", (event) => {
    if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
    const to = $("main [type=search]") ?? $("[data-find]");
    if (!to) return;
    event.preventDefault();
    to.focus();
    to.click();
  });

  on("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest?.("details[data-menu][open]");
    if (!menu) return;
    menu.open = false;
    $("summary", menu).focus();
  });

  // ---- Pictures: they are dropped or chosen, shown at once, and sent with a bar.

  // A file that is too large is refused before the upload, which can take minutes.
  on("change", ({ target }) => {
    if (target.type !== "file") return;
    const file = target.files[0];
    if (target.dataset.maxBytes && file?.size > target.dataset.maxBytes) {
      target.value = "";
      return notify(target.dataset.tooLarge, "bad");
    }
    if (file) preview(target, file);
  });

  // The policy of the page allows data: URLs for pictures, and no blob: URLs.
  function preview(input, file) {
    const old = $(`[data-drop="${input.id}"] .avatar`);
    if (!old) return;
    const reader = new FileReader();
    reader.onload = () => {
      const picture = new Image(96, 96);
      picture.className = old.className;
      picture.alt = "The picture that you have chosen, not saved yet";
      picture.onload = () => old.replaceWith(picture);
      picture.src = reader.result;
    };
    reader.readAsDataURL(file);
  }

  on("dragover", (event) => {
    if (hook(event, "drop")) event.preventDefault();
  });

  on("drop", (event) => {
    const zone = hook(event, "drop");
    if (!zone || !event.dataTransfer.files.length) return;
    event.preventDefault();
    const input = byId(zone.dataset.drop);
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });

  on("input", (event) => {
    if (event.target.dataset.max) count(event.target);
    if (event.target.dataset.min) measure(event.target);
  });

  addEventListener("offline", () => notify("You are offline. Pages and forms will work again when the connection is back.", "warn"));
  addEventListener("online", () => notify("You are online again.", "ok"));

  // After the back button a browser may show a page from its back/forward cache or HTTP
  // cache, whatever the headers say, with what was typed into it. It is shown to its user
  // only, so the pages from the server say which user the browser has. Error pages have
  // no user and nothing private.
  const user = $("meta[name=user]")?.content;
  const [{ type, transferSize }] = performance.getEntriesByType("navigation");
  const cached = type === "back_forward" && transferSize === 0;

  function isSameUser() {
    try {
      return localStorage.getItem("user") === user;
    } catch {
      return user === ""; // a page of a visitor has nothing private
    }
  }

  if (user !== undefined && !cached) {
    try {
      localStorage.setItem("user", user);
    } catch {
      // isSameUser knows no other user
    }
  }

  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted && !cached) return;
    if (user !== undefined && !isSameUser()) {
      document.body.replaceChildren();
      location.replace(location.pathname + location.search); // unlike reload, it sends no form again
      return;
    }
    for (const form of document.forms) idle(form);
    ready(document);
  });

  function ready(within) {
    times(within);
    for (const area of within.querySelectorAll("textarea[data-max]")) count(area);
  }

  ready(document);
  setInterval(times, 60_000);
})();
