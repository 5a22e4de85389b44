// The page of scenes: uploads; a finished one shows in the list.

import "./page.js";
import "./elements/upload.js";

document.addEventListener("scenesindexed", () => setTimeout(() => location.reload(), 900));
