import react from "@vitejs/plugin-react";
import { build, defineConfig, type Plugin } from "vite";

/** The script that comes before all others is built by itself: it shares no file with the page, so nothing is in its way. */
const early = (): Plugin => ({
  name: "early",
  async buildStart() {
    if (this.meta.watchMode || this.environment.mode !== "build") return;
    const made = await build({
      configFile: false,
      logLevel: "error",
      publicDir: false,
      define: { "process.env.NODE_ENV": '"production"' },
      build: { write: false, target: "es2022", lib: { entry: "src/early.ts", formats: ["iife"], name: "early" } },
    });
    const [chunk] = (Array.isArray(made) ? made : [made]).flatMap((one) => ("output" in one ? one.output : []));
    if (chunk?.type !== "chunk") throw new Error("early.ts gave no code");
    this.emitFile({ type: "asset", name: "early.js", source: chunk.code });
  },
  transformIndexHtml: {
    order: "post",
    handler: (_, { bundle }) => {
      if (!bundle) return [{ tag: "script", attrs: { type: "module", src: "/src/early.ts" }, injectTo: "head-prepend" }];
      const made = Object.values(bundle).find((one) => one.type === "asset" && one.names.includes("early.js"));
      if (!made) throw new Error("the build has no early.js");
      return [{ tag: "script", attrs: { src: `/${made.fileName}` }, injectTo: "head-prepend" }];
    },
  },
});

// The page is served by Ostro itself under a strict content security policy: no inlined assets, no inline scripts.
export default defineConfig({
  plugins: [react(), early()],
  build: {
    outDir: "../src/ostro/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            // What every page needs comes in few files: a browser asks for six at a time.
            { name: "icons", test: /lucide-react/ },
            { name: "libraries", test: /node_modules/, tags: ["$initial"] },
            { name: "frame", tags: ["$initial"] },
            { name: "lists", test: /src\/(components|hooks|services|words)\//, minShareCount: 4 },
          ],
        },
      },
    },
  },
});
