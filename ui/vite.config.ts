import { fileURLToPath } from 'node:url';
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const page = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Where `npm run dev` finds the program's HTTP interface. */
const server = process.env.ASSENT_SERVER ?? 'http://127.0.0.1:4780';

export default defineConfig({
  base: '/',
  plugins: [svelte()],
  server: { port: 5180, strictPort: true, proxy: { '/api': { target: server, changeOrigin: true } } },
  build: {
    // WebKitGTK of Debian 12 is the oldest engine that shows these pages.
    target: ['es2022', 'safari16.4'],
    // Data URLs would need an exception in the content security policy.
    assetsInlineLimit: 0,
    rolldownOptions: { input: { index: page('index.html'), approval: page('approval.html') } },
  },
  test: { environment: 'node', include: ['src/**/*.test.ts'] },
});
