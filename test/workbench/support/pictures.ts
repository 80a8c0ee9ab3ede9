import type { WorkbenchWindow } from '../harness/workbenchWindow.ts';
import { addContext, type Kubeconfig } from './kubeconfig.ts';

const WIDENED_BY = 80;

/** Reduces a kubeconfig to two contexts with realistic names, one for the administrator and one for the viewer. */
export function presentable(kubeconfig: Kubeconfig): Kubeconfig {
  const viewer = kubeconfig.users.find((user) => user.name === 'demo-viewer');
  kubeconfig.contexts = kubeconfig.contexts.slice(0, 1).map((context) => ({ ...context, name: 'kind-shop' }));
  kubeconfig['current-context'] = 'kind-shop';
  addContext(kubeconfig, 'production', { userName: 'viewer', user: viewer?.user ?? {} });
  return kubeconfig;
}

/** Draws a mouse pointer into the page, because pictures of a headless browser do not contain the mouse pointer. */
export async function showPointer({ page }: WorkbenchWindow): Promise<void> {
  await page.evaluate(`(() => {
    const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
    svg.setAttribute('viewBox', '0 0 12 18');
    Object.assign(svg.style, { position: 'fixed', zIndex: 1e6, width: '16px', left: '-20px', pointerEvents: 'none' });
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', 'M1 1 L1 14 L4.2 11.2 L6.3 16.5 L8.6 15.6 L6.5 10.4 L10.8 10.2 Z');
    path.setAttribute('fill', 'white');
    path.setAttribute('stroke', 'black');
    svg.append(path);
    document.body.append(svg);
    document.addEventListener('mousemove', ({ clientX, clientY }) => {
      Object.assign(svg.style, { left: clientX + 'px', top: clientY + 'px' });
    }, true);
  })()`);
}

/** Makes the Side Bar wider, so that the text of its rows is fully visible. */
export async function widenSideBar({ page }: WorkbenchWindow): Promise<void> {
  const box = await page.locator('.part.sidebar').boundingBox();
  if (box === null) throw new Error('no side bar');
  const [x, y] = [box.x + box.width + 2, box.y + box.height / 2];
  await page.mouse.move(x, y);
  await page.mouse.down();
  await page.mouse.move(x + WIDENED_BY, y, { steps: 4 });
  await page.mouse.up();
}
