import type { WorkbenchWindow } from '../harness/workbenchWindow.ts';
import { addContext, type Kubeconfig } from './kubeconfig.ts';

const WIDENED_BY = 80;

/** The administrator and the viewer alone, under names as people have them. */
export function presentable(kubeconfig: Kubeconfig): Kubeconfig {
  const viewer = kubeconfig.users.find((user) => user.name === 'demo-viewer');
  kubeconfig.contexts = kubeconfig.contexts.slice(0, 1).map((context) => ({ ...context, name: 'kind-shop' }));
  kubeconfig['current-context'] = 'kind-shop';
  addContext(kubeconfig, 'production', { userName: 'viewer', user: viewer?.user ?? {} });
  return kubeconfig;
}

/** Drags the border between side bar and editor, so that rows can be read to their end. */
export async function widenSideBar({ page }: WorkbenchWindow): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  if (box === null) throw new Error('no side bar');
  const [x, y] = [box.x + box.width + 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + WIDENED_BY, y, { steps: 4 });
  await page.mouse.up();
}
