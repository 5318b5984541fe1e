import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

import { defineConfig } from "vite";

// Compressed once here, so that the service never spends its own CPU on an editor.
const compress = {
  name: "compress",
  apply: "build",
  async writeBundle({ dir }) {
    const assets = join(dir, "assets");
    for (const name of await readdir(assets)) {
      if (!/\.(js|css|ttf)$/.test(name)) continue;
      const plain = await readFile(join(assets, name));
      await writeFile(join(assets, `${name}.gz`), await promisify(gzip)(plain, { level: 9 }));
    }
  },
};

export default defineConfig({
  base: "/console/",
  plugins: [compress],
  build: {
    // The first versions that know light-dark(), which the two colour schemes are written with.
    target: ["chrome123", "firefox120", "safari17.5"],
    // A data: address for a font or an image would need an exception in the policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 4000,
    // "use client" in the libraries means nothing here: there is no server rendering.
    rolldownOptions: { checks: { moduleLevelDirective: false } },
  },
  worker: { format: "es" },
});
