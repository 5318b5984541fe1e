/** One colour per organisation, as hue, saturation, lightness: dark enough for white text, light enough for black. */
const palette = [
  { light: "214, 84%, 42%", dark: "213, 94%, 72%" },
  { light: "22, 90%, 36%", dark: "27, 96%, 67%" },
  { light: "272, 60%, 48%", dark: "270, 92%, 79%" },
  { light: "172, 88%, 24%", dark: "170, 66%, 55%" },
  { light: "338, 75%, 41%", dark: "338, 92%, 75%" },
  { light: "85, 72%, 25%", dark: "84, 62%, 58%" },
] as const;

const nobody = { light: "217, 22%, 32%", dark: "217, 24%, 80%" };

export function colourOf(index: number): { light: string; dark: string } {
  return index < 0 ? nobody : palette[index % palette.length]!;
}

/** The custom properties that style.css reads; React sets them one by one, which no policy on style attributes forbids. */
export function colourStyle(index: number): React.CSSProperties {
  const { light, dark } = colourOf(index);
  return { "--org-light": light, "--org-dark": dark } as React.CSSProperties;
}
