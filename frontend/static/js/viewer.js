// The page of one result: the map and its layers.

import "./page.js";
import "./elements/map.js";
import "./elements/layers.js";
