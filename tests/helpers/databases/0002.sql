PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE batches (
	run_id INTEGER NOT NULL, 
	rows BLOB NOT NULL, 
	CONSTRAINT pk_batches PRIMARY KEY (run_id), 
	CONSTRAINT fk_batches_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO batches VALUES(1,X'504b03042d00000008000000210064f20b8affffffffffffffff0b001400626174636865732e6e70790100100070050000000000009c01000000000000adcc4f2883711cc7f1cdc89fe440a929f638e8993c077f5a2d31441261894588b147346d7a9e71308a12171739f873214549240a2372d9450e0ee442949494947070e1219f3c9fbbcfe9f77ed5f7375dd350ed6c321a760c41d123ab9d8a982f345b4535e05602a22488053d76315312aca2ecf350f7fa55f507ba3468d51e5d7e25a0b87d6d7ec5237fff52eeee5565cdd56e779facb5d5962d6997c3c27f2ecef0bb91b134c3df6e8bd0879585e4e8f2e41672f4e9f220393aeb79961c7d6cdd25477b672ec8d18eda5772746c7a9251efe883700e397adfe22447a7b87ce4e88dcd4972b4d1b5468ebe174fc8d1b9370fe4e8bceae808bda367c633c8d1deb35272f4627b07395a9146c9d1b52f0be4e8d4812372f4c8de1539baf8fd831cdddd6736e91d1dccb693a3b73e5de4e896b97e72b4e9719a1c5d97be458e2e193f23475fd89ec9d16a4c42a4ded1153b1239bade5c458e6e74f690a3a79626c8d176c70a39da94102647874eefc8d1e76511517a47874605727461d8418eb654b592a3cd8943e4e8f8eb7972749e37448e5edfbe2447af3ebd917f01504b01022d032d00000008000000210064f20b8a9c010000700500000b0000000000000000000000800100000000626174636865732e6e7079504b0506000000000100010039000000d90100000000');
INSERT INTO batches VALUES(2,X'504b03042d000000080000002100240dcf11ffffffffffffffff0b001400626174636865732e6e70790100100070050000000000009f01000000000000adcc4b28446118c6f119f7eb8258b97490bea111292514a55c12295988499339e3926638679242929d4bd4c4c2251b64c744cc46318ab040290bb995cbc2c294d4d839e4c979f69ed5f7ffd5fbb9eb1a6beb9b8c866dc380b0c96a9b228aa46693505d56c525cc9228e92c145966c92464878dbadba9aa3f60d7c0a23dec4ec5a5581dad4ec5267fff5261ed5665cdd50e6b8facb5a920cfac5d0e49ffb928c3eff60e730c7fbb2f4527fb9bc9d15d6963e4e8cdc00e39da677f2247a7efc61bf58ece682b2347dff739c8d1d39e0572f4fcda09397a2e37408ece1ec90cd23b3a22b2811c1d6a1c21475f17af93a3cfea6ec8d117ef51c17a47bf541792a357bc3239fa63da4d8ef6f8f6c9d183af6fe4e87c4f4a88ded1470935e4e8f6de7e72f4b269951cbd5775498e760f0785ea1d1d6fcf2347c7dc59c8d1c1f9e3e4e8ce632f39fae8fc991cbd159318a677b42bae9c1c1db6da438e9e082c92a31fd45372748be5931c1d3b23c2f58e4edd6c244757b68f92a3977c1be4e827714b8ef6faa323f48ece4d2a22472fd47490a3afa45972f4d4e401397aecd14ffe05504b01022d032d000000080000002100240dcf119f010000700500000b0000000000000000000000800100000000626174636865732e6e7079504b0506000000000100010039000000dc0100000000');
CREATE TABLE epoch (
	run_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	test_loss DOUBLE, 
	test_accuracy DOUBLE, 
	batches INTEGER NOT NULL, 
	CONSTRAINT pk_epoch PRIMARY KEY (run_id, epoch), 
	CONSTRAINT fk_epoch_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO epoch VALUES(1,1,0.29999999999999998889,0.91000000000000003108,50);
INSERT INTO epoch VALUES(2,1,0.29999999999999998889,0.91000000000000003108,50);
CREATE TABLE experiment (
	id INTEGER NOT NULL, 
	variants JSON NOT NULL, 
	settings JSON NOT NULL, 
	preset TEXT NOT NULL, 
	submitter TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	created DATETIME NOT NULL, 
	started DATETIME, 
	ended DATETIME, 
	reason TEXT NOT NULL, 
	owner TEXT NOT NULL, 
	machine JSON NOT NULL, 
	parity_keys JSON NOT NULL, instrument TEXT DEFAULT 'race' NOT NULL, "plan" JSON DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_experiment PRIMARY KEY (id), 
	CONSTRAINT ck_experiment_status CHECK (status IN ('queued', 'running', 'finished', 'failed', 'cancelled', 'interrupted'))
);
INSERT INTO experiment VALUES(1,'["tensorflow_graph", "keras_fit"]','{"batch_size": 32, "epochs": 1, "images_per_epoch": 1600, "learning_rate": 0.01, "momentum": 0.9, "seed": 7439, "rounds": 1, "slice_ms": 300, "sync": "batch", "threads": 2, "device": "cpu", "allocator": "shipped", "timeout": 180}','custom','local','finished','2026-11-23 00:21:40.023854','2026-11-23 00:21:40.025783','2026-11-23 00:21:40.041354','','host:1:0.00','{"host": "one", "cpu": "a test''s", "cores": 2, "memory_bytes": 8589934592}','{"tensorflow_graph": "k1", "keras_fit": "k2"}','race','{}');
INSERT INTO experiment VALUES(2,'["tensorflow_retracing"]','{"batch_size": 32, "epochs": 1, "images_per_epoch": 1600, "learning_rate": 0.01, "momentum": 0.9, "seed": 7439, "rounds": 1, "slice_ms": 300, "sync": "batch", "threads": 2, "device": "cpu", "allocator": "shipped", "timeout": 180}','custom','local','finished','2026-11-23 00:21:40.023854','2026-11-23 00:21:40.025783','2026-11-23 00:21:40.041354','','host:1:0.00','{"host": "one", "cpu": "a test''s", "cores": 2, "memory_bytes": 8589934592}','{}','counts','{"batches": 40}');
CREATE TABLE lenet_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT lenet_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO lenet_version VALUES('0002');
CREATE TABLE parity (
	"key" VARCHAR(200) NOT NULL, 
	variant TEXT NOT NULL, 
	equivalent BOOLEAN NOT NULL, 
	difference DOUBLE, 
	layer TEXT NOT NULL, 
	tolerance DOUBLE, 
	reason TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	CONSTRAINT pk_parity PRIMARY KEY ("key"), 
	CONSTRAINT ck_parity_status CHECK (status IN ('running', 'finished', 'failed', 'crashed', 'timed_out', 'cancelled', 'interrupted', 'unavailable'))
);
INSERT INTO parity VALUES('k1','tensorflow_graph',1,4.0000000000000000837e-08,'dense2_bias',1.0000000000000000817e-05,'','finished');
INSERT INTO parity VALUES('k2','keras_fit',1,4.0000000000000000837e-08,'dense2_bias',1.0000000000000000817e-05,'','finished');
CREATE TABLE run (
	id INTEGER NOT NULL, 
	experiment_id INTEGER NOT NULL, 
	round INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	variant TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	reason TEXT NOT NULL, 
	log TEXT NOT NULL, 
	folder TEXT NOT NULL, 
	stack TEXT NOT NULL, 
	source_hash TEXT NOT NULL, 
	facts JSON NOT NULL, 
	phases JSON NOT NULL, 
	load JSON NOT NULL, 
	peak_memory BIGINT NOT NULL, 
	batch_count INTEGER NOT NULL, 
	started DATETIME NOT NULL, 
	ended DATETIME, evidence JSON DEFAULT '{}' NOT NULL, 
	CONSTRAINT pk_run PRIMARY KEY (id), 
	CONSTRAINT fk_run_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiment (id), 
	CONSTRAINT uq_run_experiment_id UNIQUE (experiment_id, round, label), 
	CONSTRAINT ck_run_status CHECK (status IN ('running', 'finished', 'failed', 'crashed', 'timed_out', 'cancelled', 'interrupted', 'unavailable'))
);
INSERT INTO run VALUES(1,1,1,'tensorflow_graph','tensorflow_graph','finished','','','r1-tensorflow_graph','main','abc','{"device": "cpu", "python": "3.11.7", "numpy": "2.4.6", "packages": {"keras": "3.15.1", "tensorflow": "2.21.0"}}','{"import": 2.0, "build": 0.5}','{"started_alone": true}',419430400,50,'2026-11-23 00:21:40.031151','2026-11-23 00:21:40.035900','{}');
INSERT INTO run VALUES(2,1,1,'keras_fit','keras_fit','finished','','','r1-keras_fit','main','abc','{"device": "cpu", "python": "3.11.7", "numpy": "2.4.6", "packages": {"keras": "3.15.1", "tensorflow": "2.21.0"}}','{"import": 2.0, "build": 0.5}','{"started_alone": true}',419430400,50,'2026-11-23 00:21:40.038287','2026-11-23 00:21:40.040245','{}');
INSERT INTO run VALUES(3,2,1,'tensorflow_retracing','tensorflow_retracing','finished','','','r1-tensorflow_graph','main','abc','{"device": "cpu", "python": "3.11.7", "numpy": "2.4.6", "packages": {"keras": "3.15.1", "tensorflow": "2.21.0"}}','{"import": 2.0, "build": 0.5}','{"started_alone": true}',419430400,0,'2026-11-23 00:21:40.031151','2026-11-23 00:21:40.035900','{"first": 20, "batches": 40, "watched": ["TensorFlow"], "counts": [{"what": "traces", "framework": "TensorFlow", "by": "a test", "total": 40, "typical": 1.0, "least": 1.0, "most": 1.0, "calls_with": 40, "calls": 40}, {"what": "python_calls", "framework": "Python", "by": "a test", "total": 36000, "typical": 900.0, "least": 900.0, "most": 900.0, "calls_with": 40, "calls": 40}, {"what": "c_calls", "framework": "Python", "by": "a test", "total": 36000, "typical": 900.0, "least": 900.0, "most": 900.0, "calls_with": 40, "calls": 40}], "untold": [], "called": []}');
COMMIT;
