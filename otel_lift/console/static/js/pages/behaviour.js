// Behaviour: who comes, what they use, how far they get, and who stays.

import { tabs } from "../components/tabs.js";
import { funnels } from "./behaviour_funnel.js";
import { indices, outcomes } from "./behaviour_indices.js";
import { overview } from "./behaviour_overview.js";
import { retention } from "./behaviour_retention.js";
import { trials } from "./behaviour_trials.js";

const PARTS = { "": overview, funnel: funnels, retention, trials, indices, outcomes };
const TABS = [["", "People and features"], ["funnel", "Funnel"], ["retention", "Retention"], ["trials", "Trials and tests"], ["indices", "Indices and waves"], ["outcomes", "Outcomes"]];

export default {
  title: "Behaviour",
  usual: "-30d",
  parts: (context) => {
    const current = context.path[0] in PARTS ? context.path[0] : "";
    return [tabs("behaviour", TABS, current), ...PARTS[current](context)];
  },
};
