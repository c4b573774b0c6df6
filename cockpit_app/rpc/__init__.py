"""The RPC face: JSON-RPC 2.0 over HTTP on `hero_cockpit/rpc.sock`."""
