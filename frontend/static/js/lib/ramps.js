// Colour ramps by the names that the tile server knows, with stops for the legend.

export const RAMPS = {
  viridis: ["#440154", "#414487", "#2a788e", "#22a884", "#7ad151", "#fde725"],
  cividis: ["#00224e", "#35456c", "#666970", "#948e77", "#c8b866", "#fee838"],
  magma: ["#000004", "#3b0f70", "#8c2981", "#de4968", "#fe9f6d", "#fcfdbf"],
  inferno: ["#000004", "#420a68", "#932667", "#dd513a", "#fca50a", "#fcffa4"],
  gray: ["#000000", "#ffffff"],
  ylgn: ["#ffffe5", "#d9f0a3", "#addd8e", "#78c679", "#31a354", "#004529"],
  ylorrd: ["#ffffcc", "#fed976", "#feb24c", "#fd8d3c", "#e31a1c", "#800026"],
  blues: ["#f7fbff", "#c6dbef", "#9ecae1", "#6baed6", "#2171b5", "#08306b"],
  rdylgn: ["#a50026", "#f46d43", "#fee08b", "#d9ef8b", "#66bd63", "#006837"],
  rdbu_r: ["#053061", "#4393c3", "#d1e5f0", "#fddbc7", "#d6604d", "#67001f"],
  hsv: ["#ff0000", "#ffff00", "#00ff00", "#00ffff", "#0000ff", "#ff00ff", "#ff0000"],
};

export const gradient = (name) => `linear-gradient(to right, ${(RAMPS[name] || RAMPS.viridis).join(", ")})`;
