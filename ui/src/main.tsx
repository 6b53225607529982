import "./styles/tokens.css";
import "./styles/states.css";
import "./styles/base.css";
import "./styles/controls.css";
import "./styles/menus.css";
import "./styles/pieces.css";
import "./styles/lists.css";
import "./styles/frame.css";

import { Provider as TooltipProvider } from "@radix-ui/react-tooltip";
import { QueryClientProvider } from "@tanstack/react-query";
import { RouterProvider } from "@tanstack/react-router";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { fetchCode, router } from "./router";
import { client, onSessionOver } from "./services/client";
import { settings } from "./services/settings";

settings.start();
fetchCode();
onSessionOver(() => {
  client.removeQueries({ queryKey: ["session"] });
  void router.invalidate();
});

createRoot(document.getElementById("root") as HTMLElement).render(
  <StrictMode>
    <QueryClientProvider client={client}>
      <TooltipProvider delayDuration={400}>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
