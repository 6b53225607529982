import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

// The page is served by Ostro itself under a strict content security policy: no inlined assets, no inline scripts.
export default defineConfig({
  plugins: [react()],
  build: {
    outDir: "../src/ostro/web/static",
    emptyOutDir: true,
    assetsInlineLimit: 0,
    target: "es2022",
  },
});
