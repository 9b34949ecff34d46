// An address that names no page.

import { h } from "../dom.js";
import { link } from "../router.js";

export default {
  title: "There is no such page",
  usual: "-1h",
  shared: false,
  parts: () => [{ element: h("p", {}, "The address may be of another version. ", h("a", { href: link("now") }, "Go to Now")) }],
};
