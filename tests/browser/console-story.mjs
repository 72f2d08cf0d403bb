// A maker at the keyboard: signs in, is told what is wrong, registers a line, a product and a batch, and watches codes being made.
//
// Input:  {base, user, password, gtin, badGtin, lot, device, badDevice}
// Output: {refused, keyError, lines, fieldError, progress, errors}
//   refused     what a wrong password is answered
//   keyError    what a wrong device key is answered, beside its field
//   lines       the page of lines after a device is registered
//   fieldError  what a wrong check digit is answered, beside its field
//   progress    the batch's page after the order is done
const SEND = 'form:not([role=search]) button[type=submit]:not([disabled])';

export default async function story(session, { base, user, password, gtin, badGtin, lot, device, badDevice }) {
  const open = await session.open({ url: `${base}/console/sign-in`, width: 1440 });
  const { page } = open;
  const send = async () => {
    await page.waitForSelector(SEND, { state: 'visible' });
    await page.click(SEND);
  };
  const signIn = async (word) => {
    await page.waitForSelector(SEND, { state: 'visible' });
    await page.fill('[name=user]', user);
    await page.fill('[name=password]', word);
    await send();
  };
  const result = {};

  await signIn('not the password');
  await page.waitForSelector('.wrong:not(:empty)');
  result.refused = (await page.innerText('.wrong:not(:empty)')).trim();
  await signIn(password);
  await page.waitForURL((url) => !url.pathname.endsWith('/sign-in'));

  await page.goto(`${base}/console/lines/new`);
  await page.waitForSelector(SEND);
  await page.fill('[name=line]', 'line 3');
  await page.fill('[name=site]', "Xi'an");
  await page.fill('[name=key]', badDevice);
  await send();
  await page.waitForSelector('.wrong:not(:empty)');
  result.keyError = (await page.innerText('.wrong:not(:empty)')).trim();
  await page.fill('[name=key]', device);
  await send();
  await page.waitForURL((url) => url.pathname.endsWith('/console/lines'));
  result.lines = await page.innerText('main');

  await page.goto(`${base}/console/products/new`);
  await page.waitForSelector(SEND);
  await page.fill('[name=gtin]', badGtin);
  await page.fill('[name=name_en]', 'Oral rehydration salts');
  await send();
  await page.waitForSelector('.wrong:not(:empty)');
  result.fieldError = (await page.innerText('.wrong:not(:empty)')).trim();
  await page.fill('[name=gtin]', gtin);
  await send();
  // A new product's next step is its first batch.
  await page.waitForURL((url) => url.pathname.endsWith('/batches/new'));
  await page.waitForSelector(SEND);
  const choose = await page.$('select[name=gtin]');
  if (choose) await page.selectOption('select[name=gtin]', gtin);
  else await page.fill('[name=gtin]', gtin);
  await page.fill('[name=lot]', lot);
  await page.fill('[name=made_on]', '2026-11-03');
  await page.fill('[name=expires_on]', '2028-10-31');
  await page.fill('[name=quantity]', '500');
  await send();
  await page.waitForURL((url) => url.pathname.endsWith(`/${lot}`));

  await page.waitForSelector('[name=count]');
  await page.fill('[name=count]', '500');
  await send();
  // The page asks once a second while the order runs; then the labels can be had.
  await page.waitForSelector('a[href*="labels.csv"], button:has-text("CSV")', { timeout: 30_000 });
  result.progress = await page.innerText('main');
  result.errors = open.log.errors.filter((text) => !/status of (400|401|422)/.test(text));
  await page.close();
  return result;
}
