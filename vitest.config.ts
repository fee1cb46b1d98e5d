import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
    // the machines that run this have two cores, and many files start processes and browsers of their own
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    coverage: {
      provider: 'v8',
      include: ['capabilities/**', 'adapters/**', 'server/**'],
      // what only runs in child processes and worker threads is tested but not seen
      exclude: [
        'server/main.ts',
        'server/command-line/**',
        'capabilities/token/worker.ts',
        'server/database/embedded-worker.ts',
        '**/*.css',
        '**/*.svg',
      ],
      reporter: ['text-summary', 'json-summary'],
      thresholds: {
        'capabilities/**': { lines: 97, branches: 90 },
        'adapters/**': { lines: 95, branches: 84 },
        'server/**': { lines: 88, branches: 80 },
      },
    },
  },
})
