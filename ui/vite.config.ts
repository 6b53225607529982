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
