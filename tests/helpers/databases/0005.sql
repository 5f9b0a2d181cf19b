BEGIN TRANSACTION;
CREATE TABLE analysed (
	experiment_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	CONSTRAINT pk_analysed PRIMARY KEY (experiment_id), 
	CONSTRAINT fk_analysed_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiment (id)
);
INSERT INTO "analysed" VALUES(1,2);
INSERT INTO "analysed" VALUES(2,2);
CREATE TABLE annotation (
	experiment_id INTEGER NOT NULL, 
	title TEXT NOT NULL, 
	note TEXT NOT NULL, 
	tags JSON NOT NULL, 
	CONSTRAINT pk_annotation PRIMARY KEY (experiment_id), 
	CONSTRAINT fk_annotation_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiment (id)
);
CREATE TABLE audit (
	id INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	user TEXT NOT NULL, 
	role TEXT NOT NULL, 
	via TEXT NOT NULL, 
	action TEXT NOT NULL, 
	experiment_id INTEGER, 
	outcome TEXT NOT NULL, 
	detail TEXT NOT NULL, 
	CONSTRAINT pk_audit PRIMARY KEY (id)
);
CREATE TABLE batches (
	run_id INTEGER NOT NULL, 
	rows BLOB NOT NULL, 
	CONSTRAINT pk_batches PRIMARY KEY (run_id), 
	CONSTRAINT fk_batches_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "batches" VALUES(1,X'504B03042D00000008000000210064F20B8AFFFFFFFFFFFFFFFF0B001400626174636865732E6E70790100100070050000000000009C01000000000000ADCC4F2883711CC7F1CDC89FE440A929F638E8993C077F5A2D31441261894588B147346D7A9E71308A12171739F873214549240A2372D9450E0EE442949494947070E1219F3C9FBBCFE9F77ED5F7375DD350ED6C321A760C41D123AB9D8A982F345B4535E05602A22488053D76315312ACA2ECF350F7FA55F507BA3468D51E5D7E25A0B87D6D7EC5237FFF52EEEE5565CDD56E779FACB5D5962D6997C3C27F2ECEF0BB91B134C3DF6E8BD0879585E4E8F2E41672F4E9F220393AEB79961C7D6CDD25477B672EC8D18EDA5772746C7A9251EFE883700E397ADFE22447A7B87CE4E88DCD4972B4D1B5468EBE174FC8D1B9370FE4E8BCEAE808BDA367C633C8D1DEB35272F4627B07395A9146C9D1B52F0BE4E8D4812372F4C8DE1539BAF8FD831CDDDD6736E91D1DCCB693A3B73E5DE4E896B97E72B4E9719A1C5D97BE458E2E193F23475FD89EC9D16A4C42A4DED1153B1239BADE5C458E6E74F690A3A79626C8D176C70A39DA94102647874EEFC8D1E76511517A47874605727461D8418EB654B592A3CD8943E4E8F8EB7972749E37448E5EDFBE2447AF3EBD917F01504B01022D032D00000008000000210064F20B8A9C010000700500000B0000000000000000000000800100000000626174636865732E6E7079504B0506000000000100010039000000D90100000000');
INSERT INTO "batches" VALUES(2,X'504B03042D000000080000002100240DCF11FFFFFFFFFFFFFFFF0B001400626174636865732E6E70790100100070050000000000009F01000000000000ADCC4B28446118C6F119F7EB8258B97490BEA111292514A55C12295988499339E3926638679242929D4BD4C4C2251B64C744CC46318AB040290BB995CBC2C294D4D839E4C979F69ED5F7FFD5FBB9EB1A6BEB9B8C866DC380B0C96A9B228AA46693505D56C525CC9228E92C145966C92464878DBADBA9AA3F60D7C0A23DEC4EC5A5581DAD4EC5267FFF5261ED5665CDD50E6B8FACB5A920CFAC5D0E49FFB928C3EFF60E730C7FBB2F4527FB9BC9D15D6963E4E8CDC00E39DA677F2247A7EFC61BF58ECE682B2347DFF739C8D1D39E0572F4FCDA09397A2E37408ECE1EC90CD23B3A22B2811C1D6A1C21475F17AF93A3CFEA6EC8D117EF51C17A47BF541792A357BC3239FA63DA4D8EF6F8F6C9D183AF6FE4E87C4F4A88DED1470935E4E8F6DE7E72F4B269951CBD5775498E760F0785EA1D1D6FCF2347C7DC59C8D1C1F9E3E4E8CE632F39FAE8FC991CBD159318A677B42BAE9C1C1DB6DA438E9E082C92A31FD45372748BE5931C1D3B23C2F58E4EDD6C244757B68F92A3977C1BE4E827714B8EF6FAA323F48ECE4D2A22472FD47490A3AFA45972F4D4E401397AECD14FFE05504B01022D032D000000080000002100240DCF119F010000700500000B0000000000000000000000800100000000626174636865732E6E7079504B0506000000000100010039000000DC0100000000');
CREATE TABLE deleted (
	experiment_id INTEGER NOT NULL, 
	uid VARCHAR(32) NOT NULL, 
	at DATETIME NOT NULL, 
	CONSTRAINT pk_deleted PRIMARY KEY (experiment_id)
);
CREATE TABLE epoch (
	run_id INTEGER NOT NULL, 
	epoch INTEGER NOT NULL, 
	test_loss DOUBLE, 
	test_accuracy DOUBLE, 
	batches INTEGER NOT NULL, 
	CONSTRAINT pk_epoch PRIMARY KEY (run_id, epoch), 
	CONSTRAINT fk_epoch_run_id FOREIGN KEY(run_id) REFERENCES run (id)
);
INSERT INTO "epoch" VALUES(1,1,0.3,0.91,50);
INSERT INTO "epoch" VALUES(2,1,0.3,0.91,50);
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
	parity_keys JSON NOT NULL, instrument TEXT DEFAULT 'race' NOT NULL, "plan" JSON DEFAULT '{}' NOT NULL, uid VARCHAR(32) DEFAULT '' NOT NULL, origin JSON DEFAULT '{}' NOT NULL, host TEXT DEFAULT '' NOT NULL, beat DATETIME, stop_asked TEXT DEFAULT '' NOT NULL, planned DOUBLE DEFAULT '0' NOT NULL, pruned DATETIME, 
	CONSTRAINT pk_experiment PRIMARY KEY (id), 
	CONSTRAINT ck_experiment_status CHECK (status IN ('queued', 'running', 'finished', 'failed', 'cancelled', 'interrupted'))
);
INSERT INTO "experiment" VALUES(1,'["tensorflow_graph", "keras_fit"]','{"batch_size": 32, "epochs": 1, "images_per_epoch": 1600, "learning_rate": 0.01, "momentum": 0.9, "seed": 7439, "rounds": 1, "slice_ms": 300, "sync": "batch", "threads": 2, "device": "cpu", "allocator": "shipped", "timeout": 180}','custom','local','finished','2026-11-23 00:21:40.023854','2026-11-23 00:21:40.025783','2026-11-23 00:21:40.041354','','host:1:0.00','{"host": "one", "cpu": "a test''s", "cores": 2, "memory_bytes": 8589934592}','{"tensorflow_graph": "k1", "keras_fit": "k2"}','race','{}','650965fda3dd430ab86b2f5339bb064c','{}','one',NULL,'',0.0,NULL);
INSERT INTO "experiment" VALUES(2,'["tensorflow_retracing"]','{"batch_size": 32, "epochs": 1, "images_per_epoch": 1600, "learning_rate": 0.01, "momentum": 0.9, "seed": 7439, "rounds": 1, "slice_ms": 300, "sync": "batch", "threads": 2, "device": "cpu", "allocator": "shipped", "timeout": 180}','custom','local','finished','2026-11-23 00:21:40.023854','2026-11-23 00:21:40.025783','2026-11-23 00:21:40.041354','','host:1:0.00','{"host": "one", "cpu": "a test''s", "cores": 2, "memory_bytes": 8589934592}','{}','counts','{"batches": 40}','20e3365166184ad2ac02248442cd1ba2','{}','one',NULL,'',0.0,NULL);
CREATE TABLE figure (
	experiment_id INTEGER NOT NULL, 
	label TEXT NOT NULL, 
	variant TEXT NOT NULL, 
	stack TEXT NOT NULL, 
	batch_ms DOUBLE, 
	low DOUBLE, 
	high DOUBLE, 
	rounds INTEGER NOT NULL, 
	batches INTEGER NOT NULL, 
	circumstance TEXT NOT NULL, 
	versions JSON NOT NULL, 
	instrument TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	submitter TEXT NOT NULL, 
	host TEXT NOT NULL, 
	cpu TEXT NOT NULL, 
	CONSTRAINT pk_figure PRIMARY KEY (experiment_id, label), 
	CONSTRAINT fk_figure_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiment (id)
);
INSERT INTO "figure" VALUES(1,'tensorflow_graph','tensorflow_graph','main',2.0000515,NULL,NULL,1,50,'5029f8f72f4a12e2','{"python": "3.11.7", "numpy": "2.4.6", "keras": "3.15.1", "tensorflow": "2.21.0"}','race','2026-11-23 00:21:40.023854','local','one','a test''s');
INSERT INTO "figure" VALUES(1,'keras_fit','keras_fit','main',3.00007749999999973056e+00,NULL,NULL,1,50,'5029f8f72f4a12e2','{"python": "3.11.7", "numpy": "2.4.6", "keras": "3.15.1", "tensorflow": "2.21.0"}','race','2026-11-23 00:21:40.023854','local','one','a test''s');
CREATE TABLE lenet_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT lenet_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "lenet_version" VALUES('0005');
CREATE TABLE live (
	experiment_id INTEGER NOT NULL, 
	version INTEGER NOT NULL, 
	at DATETIME NOT NULL, 
	payload BLOB NOT NULL, 
	CONSTRAINT pk_live PRIMARY KEY (experiment_id), 
	CONSTRAINT fk_live_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiment (id)
);
CREATE TABLE package (
	experiment_id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	version TEXT NOT NULL, 
	CONSTRAINT pk_package PRIMARY KEY (experiment_id, name, version), 
	CONSTRAINT fk_package_experiment_id FOREIGN KEY(experiment_id) REFERENCES experiment (id)
);
INSERT INTO "package" VALUES(1,'keras','3.15.1');
INSERT INTO "package" VALUES(1,'numpy','2.4.6');
INSERT INTO "package" VALUES(1,'python','3.11.7');
INSERT INTO "package" VALUES(1,'tensorflow','2.21.0');
INSERT INTO "package" VALUES(2,'keras','3.15.1');
INSERT INTO "package" VALUES(2,'numpy','2.4.6');
INSERT INTO "package" VALUES(2,'python','3.11.7');
INSERT INTO "package" VALUES(2,'tensorflow','2.21.0');
CREATE TABLE parity (
	"key" VARCHAR(200) NOT NULL, 
	variant TEXT NOT NULL, 
	equivalent BOOLEAN NOT NULL, 
	difference DOUBLE, 
	layer TEXT NOT NULL, 
	tolerance DOUBLE, 
	reason TEXT NOT NULL, 
	status VARCHAR(20) NOT NULL, papers JSON DEFAULT '[]' NOT NULL, 
	CONSTRAINT pk_parity PRIMARY KEY ("key"), 
	CONSTRAINT ck_parity_status CHECK (status IN ('running', 'finished', 'failed', 'crashed', 'timed_out', 'cancelled', 'interrupted', 'unavailable'))
);
INSERT INTO "parity" VALUES('k1','tensorflow_graph',1,4.0e-08,'dense2_bias',1.0e-05,'','finished','[]');
INSERT INTO "parity" VALUES('k2','keras_fit',1,4.0e-08,'dense2_bias',1.0e-05,'','finished','[]');
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
INSERT INTO "run" VALUES(1,1,1,'tensorflow_graph','tensorflow_graph','finished','','','r1-tensorflow_graph','main','abc','{"device": "cpu", "python": "3.11.7", "numpy": "2.4.6", "packages": {"keras": "3.15.1", "tensorflow": "2.21.0"}}','{"import": 2.0, "build": 0.5}','{"started_alone": true}',419430400,50,'2026-11-23 00:21:40.031151','2026-11-23 00:21:40.035900','{}');
INSERT INTO "run" VALUES(2,1,1,'keras_fit','keras_fit','finished','','','r1-keras_fit','main','abc','{"device": "cpu", "python": "3.11.7", "numpy": "2.4.6", "packages": {"keras": "3.15.1", "tensorflow": "2.21.0"}}','{"import": 2.0, "build": 0.5}','{"started_alone": true}',419430400,50,'2026-11-23 00:21:40.038287','2026-11-23 00:21:40.040245','{}');
INSERT INTO "run" VALUES(3,2,1,'tensorflow_retracing','tensorflow_retracing','finished','','','r1-tensorflow_graph','main','abc','{"device": "cpu", "python": "3.11.7", "numpy": "2.4.6", "packages": {"keras": "3.15.1", "tensorflow": "2.21.0"}}','{"import": 2.0, "build": 0.5}','{"started_alone": true}',419430400,0,'2026-11-23 00:21:40.031151','2026-11-23 00:21:40.035900','{"first": 20, "batches": 40, "watched": ["TensorFlow"], "counts": [{"what": "traces", "framework": "TensorFlow", "by": "a test", "total": 40, "typical": 1.0, "least": 1.0, "most": 1.0, "calls_with": 40, "calls": 40}, {"what": "python_calls", "framework": "Python", "by": "a test", "total": 36000, "typical": 900.0, "least": 900.0, "most": 900.0, "calls_with": 40, "calls": 40}, {"what": "c_calls", "framework": "Python", "by": "a test", "total": 36000, "typical": 900.0, "least": 900.0, "most": 900.0, "calls_with": 40, "calls": 40}], "untold": [], "called": []}');
CREATE TABLE runner (
	owner TEXT NOT NULL, 
	host TEXT NOT NULL, 
	doing TEXT NOT NULL, 
	started DATETIME NOT NULL, 
	beat DATETIME NOT NULL, 
	CONSTRAINT pk_runner PRIMARY KEY (owner)
);
CREATE TABLE token (
	id INTEGER NOT NULL, 
	name TEXT NOT NULL, 
	digest VARCHAR(64) NOT NULL, 
	user TEXT NOT NULL, 
	role TEXT NOT NULL, 
	created DATETIME NOT NULL, 
	expires DATETIME NOT NULL, 
	used DATETIME, 
	revoked DATETIME, 
	CONSTRAINT pk_token PRIMARY KEY (id)
);
CREATE INDEX ix_package_version ON package (name, version, experiment_id);
CREATE INDEX ix_figure_variant ON figure (variant, circumstance, created);
CREATE INDEX ix_figure_circumstance ON figure (circumstance, created);
CREATE UNIQUE INDEX ix_experiment_uid ON experiment (uid);
CREATE INDEX ix_experiment_created ON experiment (created);
CREATE INDEX ix_experiment_host ON experiment (host);
CREATE INDEX ix_experiment_submitter ON experiment (submitter);
CREATE INDEX ix_experiment_status ON experiment (status);
CREATE INDEX ix_run_variant ON run (variant, stack);
CREATE INDEX ix_run_experiment_id ON run (experiment_id, variant, stack);
CREATE INDEX ix_audit_user ON audit (user, at);
CREATE INDEX ix_audit_experiment_id ON audit (experiment_id);
CREATE TRIGGER audit_no_update BEFORE UPDATE ON audit BEGIN SELECT RAISE(ABORT, 'what is in the audit stays as it is'); END;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit BEGIN SELECT RAISE(ABORT, 'what is in the audit stays as it is'); END;
CREATE UNIQUE INDEX ix_token_digest ON token (digest);
COMMIT;
