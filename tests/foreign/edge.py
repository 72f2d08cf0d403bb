"""An edge node of PyPI's pysparkplug; asked and answering as edge.mjs is."""

import json
import sys

import pysparkplug as psp

host, port, group, node, device = sys.argv[1:]


def tell(what):
    print(json.dumps(what), flush=True)


def read_metric(value):
    return psp.Metric(
        timestamp=psp.get_current_timestamp(), name="Read/Good", datatype=psp.DataType.STRING, value=value
    )


edge_device = psp.Device(device_id=device, metrics=[read_metric("")])
edge = psp.EdgeNode(group_id=group, edge_node_id=node, metrics=[])
edge.register(edge_device)
edge.connect(host, port=int(port))
tell({"born": True})
for line in sys.stdin:
    ask = json.loads(line)
    if "read" in ask:
        edge.update_device(device, [read_metric(ask["read"])])
        tell({"read": ask["read"]})
    elif "stop" in ask:
        edge.disconnect()
        tell({"stopped": True})
        break
