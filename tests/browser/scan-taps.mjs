// What a shopper's taps do: the rough place after an answer, and the camera of the page for typing a code.
//
// Input:  {pack, entry}    addresses of an answer with a question, and of the page for typing a code
// Output: {place: {asked, body, heading}, refused, camera}
//   asked    is the card there, and was nothing asked of the browser before the tap?
//   body     what was posted, without its token
//   heading  of the page after it
//   refused  what is said to somebody who gives no place; camera: what a browser without a reader says

// A browser without a head says that it is a program, and programs' checks are not counted.
const PHONE = 'Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0 Mobile Safari/537.36';
const EXACT = { latitude: 39.908714, longitude: 116.397491, accuracy: 5 };

export default async function taps(session, { pack, entry }) {
  const allowed = await answered(session, pack);
  const context = allowed.page.context();
  await context.grantPermissions(['geolocation']);
  await context.setGeolocation(EXACT);
  let body = '';
  allowed.page.on('request', (request) => { if (request.url().endsWith('/scan/place')) body = request.postData() ?? ''; });
  const asked = (await allowed.page.locator('#place').count()) === 1 && body === '';
  await Promise.all([allowed.page.waitForURL('**/scan/place'), allowed.page.click('#place button')]);
  const heading = (await allowed.page.innerText('h1')).trim();
  await allowed.page.close();

  const denied = await answered(session, pack);
  await denied.page.context().grantPermissions([]);
  await denied.page.click('#place button');
  await denied.page.waitForSelector('#place-e:not([hidden])');
  const refused = await denied.page.innerText('#place-e');
  await denied.page.close();

  const typing = await session.open({ url: entry });
  await typing.page.click('#cam');
  await typing.page.waitForSelector('#m p[role=status]:not([hidden])');
  const camera = await typing.page.innerText('#m p[role=status]:not([hidden])');
  await typing.page.close();
  return { place: { asked, body: body.replace(/token=[^&]*&?/, ''), heading }, refused, camera };
}

async function answered(session, url) {
  const open = await session.open({ url, userAgent: PHONE });
  await Promise.all([open.page.waitForURL('**/scan/check'), open.page.click('button[name=answer]')]);
  return open;
}
