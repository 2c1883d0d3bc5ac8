// SPDX-License-Identifier: Apache-2.0
//
// service.js - GetStatus over PostgreSQL, as a team would write it without this registry.
//
//     node service.js PROTO_FOLDER HOST:PORT TLS_FOLDER SOCKET POSTGRES_FOLDER DATABASE
//
// The same contract from the same proto files, one process, prepared statements, a pool of connections.
// Neither signed nor provable.
'use strict';

const fs = require('fs');
const path = require('path');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { Pool } = require('pg');

const [protos, address, tls, socket, host, database] = process.argv.slice(2);
const NAME = /^entities\/([0-9A-Z]{18})\/status$/;
const QUERY = {
	name: 'status',
	text: 'select status, epoch, published_at from statuses where uscc = $1',
};

const pool = new Pool({ host, database, user: 'bench', max: 16 });
const definition = loader.loadSync('credit/v1/status_service.proto', {
	includeDirs: [protos],
	keepCase: true,
	longs: String,
});
const { credit } = grpc.loadPackageDefinition(definition);

async function getStatus(call, callback) {
	const name = NAME.exec(call.request.name);
	if (!name) {
		callback({ code: grpc.status.INVALID_ARGUMENT, details: 'name' });
		return;
	}
	try {
		const { rows } = await pool.query({ ...QUERY, values: [name[1]] });
		if (rows.length === 0) {
			callback({ code: grpc.status.NOT_FOUND, details: 'not enrolled' });
		} else {
			callback(null, rows[0]);
		}
	} catch (error) {
		callback({ code: grpc.status.UNAVAILABLE, details: error.message });
	}
}

function pem(file) {
	return fs.readFileSync(path.join(tls, file));
}

function listen(server, where, credentials) {
	return new Promise((resolve, reject) => {
		server.bindAsync(where, credentials, (error) => (error ? reject(error) : resolve()));
	});
}

async function main() {
	const server = new grpc.Server();
	const pair = { cert_chain: pem('server.crt'), private_key: pem('server.key') };

	server.addService(credit.v1.StatusService.service, { GetStatus: getStatus });
	await listen(server, `unix:${socket}`, grpc.ServerCredentials.createInsecure());
	await listen(server, address, grpc.ServerCredentials.createSsl(pem('ca.crt'), [pair], true));
}

process.on('SIGTERM', () => process.exit(0));
main().catch((error) => {
	console.error(error);
	process.exit(1);
});
