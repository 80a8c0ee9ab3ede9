import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { releaseIdleMemory } from '../../../src/host/idleMemory.ts';
import { FakeClock } from '../../support/fakeClock.ts';

/** The memory of a process. A garbage collection reduces it from `bytes` to `used`. */
class FakeMemory {
  bytes = 0;
  used = 0;
  busy = 0;
  collections = 0;
  residentBytes = () => this.bytes;
  utilization = () => this.busy;
  collect = () => {
    this.collections++;
    this.bytes = this.used;
  };
}

test('a large host collects its garbage once it is idle, and not before', (t) => {
  const clock = new FakeClock();
  const memory = new FakeMemory();
  const release = releaseIdleMemory(clock, memory);
  t.after(() => release.dispose());
  memory.bytes = 100_000_000;
  clock.advance(10_000);
  assert.equal(memory.collections, 0, 'it is small');
  Object.assign(memory, { bytes: 300_000_000, used: 90_000_000, busy: 0.5 });
  clock.advance(10_000);
  assert.equal(memory.collections, 0, 'it has work');
  memory.busy = 0.01;
  clock.advance(10_000);
  assert.equal(memory.collections, 1);
  assert.equal(memory.bytes, 90_000_000);
});

test('a host that needs its memory does not collect again and again', (t) => {
  const clock = new FakeClock();
  const memory = Object.assign(new FakeMemory(), { bytes: 300_000_000, used: 290_000_000 });
  const release = releaseIdleMemory(clock, memory);
  t.after(() => release.dispose());
  clock.advance(60_000);
  assert.equal(memory.collections, 1);
  memory.bytes = 400_000_000;
  clock.advance(10_000);
  assert.equal(memory.collections, 2, 'it has grown');
});

test('a disposed collector leaves no timer', () => {
  const clock = new FakeClock();
  releaseIdleMemory(clock, new FakeMemory()).dispose();
  assert.equal(clock.pending, 0);
});

test('a real process returns its memory', () => {
  const program = `
    import { releaseIdleMemory } from './src/host/idleMemory.ts';
    let garbage = Array.from({ length: 3_000_000 }, (_, index) => ({ index }));
    const before = process.memoryUsage.rss();
    garbage = undefined;
    const release = releaseIdleMemory();
    const timer = setInterval(() => {
      if (process.memoryUsage.rss() > before * 0.7) return;
      release.dispose();
      clearInterval(timer);
    }, 50);
  `;
  const { status, stderr } = spawnSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.equal(status, 0, stderr);
});
