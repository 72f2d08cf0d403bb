// Looks at pages as eyes of different kinds see them: both colour schemes, from 320 px (a small phone, or 400 % on a wide
// screen) over 640 px (200 %) to a wide screen.
//
// Input:  {pages: [{name, url}]}
// Output: [{name, dark, width, overflow, small, first, axe}], one entry for each page, scheme and width
//   overflow  does it scroll sideways?
//   small     targets of less than 44 px that are no words in a sentence
//   first     what a screen reader hears first below the header: {role, h1}
//   axe       what axe finds at the narrowest, and in light at the widest; else null

const WIDTHS = [320, 390, 640, 1440];
const AXE_AT = { light: [320, 1440], dark: [320] };

export default async function look(session, { pages }) {
  const looks = [];
  for (const { name, url } of pages) {
    const open = await session.open({ url });
    for (const dark of [false, true]) {
      await open.page.emulateMedia({ colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce' });
      for (const width of WIDTHS) {
        await open.page.setViewportSize({ width, height: 800 });
        const shape = await open.page.evaluate(measure);
        looks.push({ name, dark, width, ...shape, axe: AXE_AT[dark ? 'dark' : 'light'].includes(width) ? await open.axe() : null });
      }
    }
    await open.page.close();
  }
  return looks;
}

function measure() {
  const shown = (element) => element.getClientRects().length > 0 && getComputedStyle(element).visibility === 'visible';
  const inline = (element) => element.tagName === 'A' && getComputedStyle(element).display === 'inline';
  // A box beside its label is touched by the label, too.
  const touched = (element) => (['radio', 'checkbox', 'file'].includes(element.type) ? element.closest('label') || element : element);
  const small = [...document.querySelectorAll('a, button, input:not([type=hidden]), select, textarea, summary')]
    .filter((element) => shown(element) && !inline(element))
    .map((element) => [element, touched(element).getBoundingClientRect()])
    .filter(([, box]) => box.width < 43.5 || box.height < 43.5)
    .map(([element, box]) => `${element.outerHTML.slice(0, 80)} ${Math.round(box.width)}x${Math.round(box.height)}`);
  const heading = document.querySelector('h1');
  const said = heading && heading.closest('[role]');
  const root = document.documentElement;
  return {
    overflow: root.scrollWidth > root.clientWidth,
    small,
    first: { role: said ? said.getAttribute('role') : null, h1: heading ? heading.innerText.trim() : null, lang: root.lang },
  };
}
