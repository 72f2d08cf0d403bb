// Captures and asks with epcis2.js, as a partner's system would: FOREIGN_MODULES node_modules, EPCIS_URL base, EPCIS_TOKEN token.
// Prints one JSON line: the job and the ids of the events that come back.
//
// epcis2.js depends on `fs` from npm, an empty package that not every registry has; package.json puts another one in its place.
// Node's own `fs` is what is loaded.
import { createRequire } from 'node:module';

const require = createRequire(`${process.env.FOREIGN_MODULES}/here.js`);
const { ObjectEvent, EPCISDocument, ReadPoint, SensorElement, SensorReportElement, cbv, capture, setup } = require('epcis2.js');

const headers = { 'content-type': 'application/json', authorization: `Bearer ${process.env.EPCIS_TOKEN}` };
setup({ apiUrl: process.env.EPCIS_URL, EPCISDocumentContext: 'https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld',
  EPCISDocumentSchemaVersion: '2.0', headers, eventTimeZoneOffset: '+01:00', documentValidation: true });

const event = new ObjectEvent()
  .setEventID('urn:uuid:8f1d1e0a-0f3e-4a57-8d1c-2a5b3c4d5e6f')
  .setEventTime('2026-11-01T10:00:00.000+01:00')
  .addEPC('urn:epc:id:sgtin:0614141.107346.2017')
  .addEPC('https://id.gs1.org/01/10614141073464/21/2018')
  .setAction(cbv.actionTypes.observe)
  .setBizStep(cbv.bizSteps.shipping)
  .setDisposition(cbv.dispositions.in_transit)
  .setReadPoint(new ReadPoint().setId('urn:epc:id:sgln:0614141.07346.1234'))
  .addSensorElement(new SensorElement().addSensorReport(
    new SensorReportElement().setType('Temperature').setValue(4.5).setUom('CEL'),
  ));
const document = new EPCISDocument().setCreationDate('2026-11-01T10:00:00.000Z').addEvent(event);

const response = await capture(document);
const location = response.headers.get('location');
const base = new URL(process.env.EPCIS_URL);
const job = await (await fetch(new URL(location, base), { headers })).json();
const found = await (await fetch(`${process.env.EPCIS_URL}/events?EQ_bizStep=shipping&EQ_type=Temperature&GE_value_KEL=270`, { headers })).json();
const ids = found.epcisBody.queryResults.resultsBody.eventList.map((one) => one.eventID);
console.log(JSON.stringify({ status: response.status, job, ids }));
