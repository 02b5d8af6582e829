/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError, $TypeError = $util.global.TypeError, $String = $util.global.String, $Boolean = $util.global.Boolean, $Number = $util.global.Number, $isFinite = $util.global.isFinite, $parseInt = $util.global.parseInt, $Array = $util.global.Array, $BigInt = $util.global.BigInt;

// Exported root namespace
const $root = $protobuf.roots["default"] || ($protobuf.roots["default"] = {});

export const camera_control = $root.camera_control = (() => {

    /**
     * Namespace camera_control.
     * @exports camera_control
     * @namespace
     */
    const camera_control = {};

    camera_control.CameraSettings = (function() {

        /**
         * Properties of a CameraSettings.
         * @typedef {Object} camera_control.CameraSettings.$Properties
         * @property {number|null} [width] CameraSettings width
         * @property {number|null} [height] CameraSettings height
         * @property {number|null} [fps] CameraSettings fps
         * @property {string|null} [bitrate] CameraSettings bitrate
         * @property {number|null} [contrast] CameraSettings contrast
         * @property {number|null} [brightness] CameraSettings brightness
         * @property {number|null} [saturation] CameraSettings saturation
         * @property {number|null} [sharpness] CameraSettings sharpness
         * @property {boolean|null} [ai_enabled] CameraSettings ai_enabled
         * @property {string|null} [ai_model] CameraSettings ai_model
         * @property {number|null} [ai_confidence] CameraSettings ai_confidence
         * @property {string|null} [cameraName] CameraSettings cameraName
         * @property {number|null} [camera_index] CameraSettings camera_index
         * @property {string|null} [encoding] CameraSettings encoding
         * @property {number|null} [quality] CameraSettings quality
         * @property {boolean|null} [auto_exposure] CameraSettings auto_exposure
         * @property {number|null} [exposure_time] CameraSettings exposure_time
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a CameraSettings.
         * @memberof camera_control
         * @interface ICameraSettings
         * @augments camera_control.CameraSettings.$Properties
         * @deprecated Use camera_control.CameraSettings.$Properties instead.
         */

        /**
         * Shape of a CameraSettings.
         * @typedef {camera_control.CameraSettings.$Properties} camera_control.CameraSettings.$Shape
         */

        /**
         * Constructs a new CameraSettings.
         * @memberof camera_control
         * @classdesc Represents a CameraSettings.
         * @constructor
         * @param {camera_control.CameraSettings.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const CameraSettings = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * CameraSettings width.
         * @member {number|null} width
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.width = null;

        /**
         * CameraSettings height.
         * @member {number|null} height
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.height = null;

        /**
         * CameraSettings fps.
         * @member {number|null} fps
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.fps = null;

        /**
         * CameraSettings bitrate.
         * @member {string|null} bitrate
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.bitrate = null;

        /**
         * CameraSettings contrast.
         * @member {number|null} contrast
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.contrast = null;

        /**
         * CameraSettings brightness.
         * @member {number|null} brightness
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.brightness = null;

        /**
         * CameraSettings saturation.
         * @member {number|null} saturation
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.saturation = null;

        /**
         * CameraSettings sharpness.
         * @member {number|null} sharpness
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.sharpness = null;

        /**
         * CameraSettings ai_enabled.
         * @member {boolean|null} ai_enabled
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.ai_enabled = null;

        /**
         * CameraSettings ai_model.
         * @member {string|null} ai_model
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.ai_model = null;

        /**
         * CameraSettings ai_confidence.
         * @member {number|null} ai_confidence
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.ai_confidence = null;

        /**
         * CameraSettings cameraName.
         * @member {string|null} cameraName
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.cameraName = null;

        /**
         * CameraSettings camera_index.
         * @member {number|null} camera_index
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.camera_index = null;

        /**
         * CameraSettings encoding.
         * @member {string|null} encoding
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.encoding = null;

        /**
         * CameraSettings quality.
         * @member {number|null} quality
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.quality = null;

        /**
         * CameraSettings auto_exposure.
         * @member {boolean|null} auto_exposure
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.auto_exposure = null;

        /**
         * CameraSettings exposure_time.
         * @member {number|null} exposure_time
         * @memberof camera_control.CameraSettings
         * @instance
         */
        CameraSettings.prototype.exposure_time = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_width", {
            get: $util.oneOfGetter($oneOfFields = ["width"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_height", {
            get: $util.oneOfGetter($oneOfFields = ["height"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_fps", {
            get: $util.oneOfGetter($oneOfFields = ["fps"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_bitrate", {
            get: $util.oneOfGetter($oneOfFields = ["bitrate"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_contrast", {
            get: $util.oneOfGetter($oneOfFields = ["contrast"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_brightness", {
            get: $util.oneOfGetter($oneOfFields = ["brightness"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_saturation", {
            get: $util.oneOfGetter($oneOfFields = ["saturation"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_sharpness", {
            get: $util.oneOfGetter($oneOfFields = ["sharpness"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_ai_enabled", {
            get: $util.oneOfGetter($oneOfFields = ["ai_enabled"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_ai_model", {
            get: $util.oneOfGetter($oneOfFields = ["ai_model"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_ai_confidence", {
            get: $util.oneOfGetter($oneOfFields = ["ai_confidence"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_cameraName", {
            get: $util.oneOfGetter($oneOfFields = ["cameraName"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_camera_index", {
            get: $util.oneOfGetter($oneOfFields = ["camera_index"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_encoding", {
            get: $util.oneOfGetter($oneOfFields = ["encoding"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_quality", {
            get: $util.oneOfGetter($oneOfFields = ["quality"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_auto_exposure", {
            get: $util.oneOfGetter($oneOfFields = ["auto_exposure"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(CameraSettings.prototype, "_exposure_time", {
            get: $util.oneOfGetter($oneOfFields = ["exposure_time"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Creates a new CameraSettings instance using the specified properties.
         * @function create
         * @memberof camera_control.CameraSettings
         * @static
         * @param {camera_control.CameraSettings.$Properties=} [properties] Properties to set
         * @returns {camera_control.CameraSettings} CameraSettings instance
         * @type {{
         *   (properties: camera_control.CameraSettings.$Shape): camera_control.CameraSettings & camera_control.CameraSettings.$Shape;
         *   (properties?: camera_control.CameraSettings.$Properties): camera_control.CameraSettings;
         * }}
         */
        CameraSettings.create = function(properties) {
            return new CameraSettings(properties);
        };

        /**
         * Encodes the specified CameraSettings message. Does not implicitly {@link camera_control.CameraSettings.verify|verify} messages.
         * @function encode
         * @memberof camera_control.CameraSettings
         * @static
         * @param {camera_control.CameraSettings.$Properties} message CameraSettings message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        CameraSettings.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.width != null && $Object.hasOwnProperty.call(message, "width"))
                writer.uint32(/* id 1, wireType 0 =*/8).int32(message.width);
            if (message.height != null && $Object.hasOwnProperty.call(message, "height"))
                writer.uint32(/* id 2, wireType 0 =*/16).int32(message.height);
            if (message.fps != null && $Object.hasOwnProperty.call(message, "fps"))
                writer.uint32(/* id 3, wireType 0 =*/24).int32(message.fps);
            if (message.bitrate != null && $Object.hasOwnProperty.call(message, "bitrate"))
                writer.uint32(/* id 4, wireType 2 =*/34).string(message.bitrate);
            if (message.contrast != null && $Object.hasOwnProperty.call(message, "contrast"))
                writer.uint32(/* id 5, wireType 0 =*/40).int32(message.contrast);
            if (message.brightness != null && $Object.hasOwnProperty.call(message, "brightness"))
                writer.uint32(/* id 6, wireType 0 =*/48).int32(message.brightness);
            if (message.saturation != null && $Object.hasOwnProperty.call(message, "saturation"))
                writer.uint32(/* id 7, wireType 0 =*/56).int32(message.saturation);
            if (message.sharpness != null && $Object.hasOwnProperty.call(message, "sharpness"))
                writer.uint32(/* id 8, wireType 0 =*/64).int32(message.sharpness);
            if (message.ai_enabled != null && $Object.hasOwnProperty.call(message, "ai_enabled"))
                writer.uint32(/* id 9, wireType 0 =*/72).bool(message.ai_enabled);
            if (message.ai_model != null && $Object.hasOwnProperty.call(message, "ai_model"))
                writer.uint32(/* id 10, wireType 2 =*/82).string(message.ai_model);
            if (message.ai_confidence != null && $Object.hasOwnProperty.call(message, "ai_confidence"))
                writer.uint32(/* id 11, wireType 5 =*/93).float(message.ai_confidence);
            if (message.cameraName != null && $Object.hasOwnProperty.call(message, "cameraName"))
                writer.uint32(/* id 12, wireType 2 =*/98).string(message.cameraName);
            if (message.camera_index != null && $Object.hasOwnProperty.call(message, "camera_index"))
                writer.uint32(/* id 13, wireType 0 =*/104).int32(message.camera_index);
            if (message.encoding != null && $Object.hasOwnProperty.call(message, "encoding"))
                writer.uint32(/* id 14, wireType 2 =*/114).string(message.encoding);
            if (message.quality != null && $Object.hasOwnProperty.call(message, "quality"))
                writer.uint32(/* id 15, wireType 0 =*/120).int32(message.quality);
            if (message.auto_exposure != null && $Object.hasOwnProperty.call(message, "auto_exposure"))
                writer.uint32(/* id 16, wireType 0 =*/128).bool(message.auto_exposure);
            if (message.exposure_time != null && $Object.hasOwnProperty.call(message, "exposure_time"))
                writer.uint32(/* id 17, wireType 0 =*/136).int32(message.exposure_time);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a CameraSettings message from the specified reader or buffer.
         * @function decode
         * @memberof camera_control.CameraSettings
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {camera_control.CameraSettings & camera_control.CameraSettings.$Shape} CameraSettings
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        CameraSettings.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.camera_control.CameraSettings();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        message.width = reader.int32();
                        message._width = "width";
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        message.height = reader.int32();
                        message._height = "height";
                        continue;
                    }
                case 3: {
                        if (wireType !== 0)
                            break;
                        message.fps = reader.int32();
                        message._fps = "fps";
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.bitrate = reader.stringVerify();
                        message._bitrate = "bitrate";
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        message.contrast = reader.int32();
                        message._contrast = "contrast";
                        continue;
                    }
                case 6: {
                        if (wireType !== 0)
                            break;
                        message.brightness = reader.int32();
                        message._brightness = "brightness";
                        continue;
                    }
                case 7: {
                        if (wireType !== 0)
                            break;
                        message.saturation = reader.int32();
                        message._saturation = "saturation";
                        continue;
                    }
                case 8: {
                        if (wireType !== 0)
                            break;
                        message.sharpness = reader.int32();
                        message._sharpness = "sharpness";
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        message.ai_enabled = reader.bool();
                        message._ai_enabled = "ai_enabled";
                        continue;
                    }
                case 10: {
                        if (wireType !== 2)
                            break;
                        message.ai_model = reader.stringVerify();
                        message._ai_model = "ai_model";
                        continue;
                    }
                case 11: {
                        if (wireType !== 5)
                            break;
                        message.ai_confidence = reader.float();
                        message._ai_confidence = "ai_confidence";
                        continue;
                    }
                case 12: {
                        if (wireType !== 2)
                            break;
                        message.cameraName = reader.stringVerify();
                        message._cameraName = "cameraName";
                        continue;
                    }
                case 13: {
                        if (wireType !== 0)
                            break;
                        message.camera_index = reader.int32();
                        message._camera_index = "camera_index";
                        continue;
                    }
                case 14: {
                        if (wireType !== 2)
                            break;
                        message.encoding = reader.stringVerify();
                        message._encoding = "encoding";
                        continue;
                    }
                case 15: {
                        if (wireType !== 0)
                            break;
                        message.quality = reader.int32();
                        message._quality = "quality";
                        continue;
                    }
                case 16: {
                        if (wireType !== 0)
                            break;
                        message.auto_exposure = reader.bool();
                        message._auto_exposure = "auto_exposure";
                        continue;
                    }
                case 17: {
                        if (wireType !== 0)
                            break;
                        message.exposure_time = reader.int32();
                        message._exposure_time = "exposure_time";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Creates a CameraSettings message from a plain object. Also converts values to their respective internal types.
         * @function fromObject
         * @memberof camera_control.CameraSettings
         * @static
         * @param {Object.<string,*>} object Plain object
         * @returns {camera_control.CameraSettings} CameraSettings
         */
        CameraSettings.fromObject = function (object, _depth) {
            if (object instanceof $root.camera_control.CameraSettings)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".camera_control.CameraSettings: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.camera_control.CameraSettings();
            if (object.width != null)
                message.width = object.width | 0;
            if (object.height != null)
                message.height = object.height | 0;
            if (object.fps != null)
                message.fps = object.fps | 0;
            if (object.bitrate != null)
                message.bitrate = $String(object.bitrate);
            if (object.contrast != null)
                message.contrast = object.contrast | 0;
            if (object.brightness != null)
                message.brightness = object.brightness | 0;
            if (object.saturation != null)
                message.saturation = object.saturation | 0;
            if (object.sharpness != null)
                message.sharpness = object.sharpness | 0;
            if (object.ai_enabled != null)
                message.ai_enabled = $Boolean(object.ai_enabled);
            if (object.ai_model != null)
                message.ai_model = $String(object.ai_model);
            if (object.ai_confidence != null)
                message.ai_confidence = $Number(object.ai_confidence);
            if (object.cameraName != null)
                message.cameraName = $String(object.cameraName);
            if (object.camera_index != null)
                message.camera_index = object.camera_index | 0;
            if (object.encoding != null)
                message.encoding = $String(object.encoding);
            if (object.quality != null)
                message.quality = object.quality | 0;
            if (object.auto_exposure != null)
                message.auto_exposure = $Boolean(object.auto_exposure);
            if (object.exposure_time != null)
                message.exposure_time = object.exposure_time | 0;
            return message;
        };

        /**
         * Creates a plain object from a CameraSettings message. Also converts values to other types if specified.
         * @function toObject
         * @memberof camera_control.CameraSettings
         * @static
         * @param {camera_control.CameraSettings} message CameraSettings
         * @param {$protobuf.IConversionOptions} [options] Conversion options
         * @returns {Object.<string,*>} Plain object
         */
        CameraSettings.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (message.width != null && $Object.hasOwnProperty.call(message, "width"))
                object.width = message.width;
            if (message.height != null && $Object.hasOwnProperty.call(message, "height"))
                object.height = message.height;
            if (message.fps != null && $Object.hasOwnProperty.call(message, "fps"))
                object.fps = message.fps;
            if (message.bitrate != null && $Object.hasOwnProperty.call(message, "bitrate"))
                object.bitrate = message.bitrate;
            if (message.contrast != null && $Object.hasOwnProperty.call(message, "contrast"))
                object.contrast = message.contrast;
            if (message.brightness != null && $Object.hasOwnProperty.call(message, "brightness"))
                object.brightness = message.brightness;
            if (message.saturation != null && $Object.hasOwnProperty.call(message, "saturation"))
                object.saturation = message.saturation;
            if (message.sharpness != null && $Object.hasOwnProperty.call(message, "sharpness"))
                object.sharpness = message.sharpness;
            if (message.ai_enabled != null && $Object.hasOwnProperty.call(message, "ai_enabled"))
                object.ai_enabled = message.ai_enabled;
            if (message.ai_model != null && $Object.hasOwnProperty.call(message, "ai_model"))
                object.ai_model = message.ai_model;
            if (message.ai_confidence != null && $Object.hasOwnProperty.call(message, "ai_confidence"))
                object.ai_confidence = options.json && !$isFinite(message.ai_confidence) ? $String(message.ai_confidence) : message.ai_confidence;
            if (message.cameraName != null && $Object.hasOwnProperty.call(message, "cameraName"))
                object.cameraName = message.cameraName;
            if (message.camera_index != null && $Object.hasOwnProperty.call(message, "camera_index"))
                object.camera_index = message.camera_index;
            if (message.encoding != null && $Object.hasOwnProperty.call(message, "encoding"))
                object.encoding = message.encoding;
            if (message.quality != null && $Object.hasOwnProperty.call(message, "quality"))
                object.quality = message.quality;
            if (message.auto_exposure != null && $Object.hasOwnProperty.call(message, "auto_exposure"))
                object.auto_exposure = message.auto_exposure;
            if (message.exposure_time != null && $Object.hasOwnProperty.call(message, "exposure_time"))
                object.exposure_time = message.exposure_time;
            return object;
        };

        /**
         * Converts this CameraSettings to JSON.
         * @function toJSON
         * @memberof camera_control.CameraSettings
         * @instance
         * @returns {Object.<string,*>} JSON object
         */
        CameraSettings.prototype.toJSON = function() {
            return CameraSettings.toObject(this, $protobuf.util.toJSONOptions);
        };

        return CameraSettings;
    })();

    camera_control.ControlCommand = (function() {

        /**
         * Properties of a ControlCommand.
         * @typedef {Object} camera_control.ControlCommand.$Properties
         * @property {camera_control.ControlCommand.CommandType|null} [command] ControlCommand command
         * @property {camera_control.CameraSettings.$Properties} [settings] ControlCommand settings
         * @property {string|null} [request_id] ControlCommand request_id
         * @property {string|null} [asked_by] ControlCommand asked_by
         * @property {string|null} [asker] ControlCommand asker
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a ControlCommand.
         * @memberof camera_control
         * @interface IControlCommand
         * @augments camera_control.ControlCommand.$Properties
         * @deprecated Use camera_control.ControlCommand.$Properties instead.
         */

        /**
         * Shape of a ControlCommand.
         * @typedef {camera_control.ControlCommand.$Properties} camera_control.ControlCommand.$Shape
         */

        /**
         * Constructs a new ControlCommand.
         * @memberof camera_control
         * @classdesc Represents a ControlCommand.
         * @constructor
         * @param {camera_control.ControlCommand.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const ControlCommand = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * ControlCommand command.
         * @member {camera_control.ControlCommand.CommandType|null} command
         * @memberof camera_control.ControlCommand
         * @instance
         */
        ControlCommand.prototype.command = null;

        /**
         * ControlCommand settings.
         * @member {camera_control.CameraSettings} settings
         * @memberof camera_control.ControlCommand
         * @instance
         */
        ControlCommand.prototype.settings = null;

        /**
         * ControlCommand request_id.
         * @member {string|null} request_id
         * @memberof camera_control.ControlCommand
         * @instance
         */
        ControlCommand.prototype.request_id = null;

        /**
         * ControlCommand asked_by.
         * @member {string|null} asked_by
         * @memberof camera_control.ControlCommand
         * @instance
         */
        ControlCommand.prototype.asked_by = null;

        /**
         * ControlCommand asker.
         * @member {string|null} asker
         * @memberof camera_control.ControlCommand
         * @instance
         */
        ControlCommand.prototype.asker = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ControlCommand.prototype, "_command", {
            get: $util.oneOfGetter($oneOfFields = ["command"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ControlCommand.prototype, "_request_id", {
            get: $util.oneOfGetter($oneOfFields = ["request_id"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ControlCommand.prototype, "_asked_by", {
            get: $util.oneOfGetter($oneOfFields = ["asked_by"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(ControlCommand.prototype, "_asker", {
            get: $util.oneOfGetter($oneOfFields = ["asker"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Creates a new ControlCommand instance using the specified properties.
         * @function create
         * @memberof camera_control.ControlCommand
         * @static
         * @param {camera_control.ControlCommand.$Properties=} [properties] Properties to set
         * @returns {camera_control.ControlCommand} ControlCommand instance
         * @type {{
         *   (properties: camera_control.ControlCommand.$Shape): camera_control.ControlCommand & camera_control.ControlCommand.$Shape;
         *   (properties?: camera_control.ControlCommand.$Properties): camera_control.ControlCommand;
         * }}
         */
        ControlCommand.create = function(properties) {
            return new ControlCommand(properties);
        };

        /**
         * Encodes the specified ControlCommand message. Does not implicitly {@link camera_control.ControlCommand.verify|verify} messages.
         * @function encode
         * @memberof camera_control.ControlCommand
         * @static
         * @param {camera_control.ControlCommand.$Properties} message ControlCommand message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        ControlCommand.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.command != null && $Object.hasOwnProperty.call(message, "command"))
                writer.uint32(/* id 1, wireType 0 =*/8).int32(message.command);
            if (message.settings != null && $Object.hasOwnProperty.call(message, "settings"))
                $root.camera_control.CameraSettings.encode(message.settings, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
            if (message.request_id != null && $Object.hasOwnProperty.call(message, "request_id"))
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.request_id);
            if (message.asked_by != null && $Object.hasOwnProperty.call(message, "asked_by"))
                writer.uint32(/* id 16, wireType 2 =*/130).string(message.asked_by);
            if (message.asker != null && $Object.hasOwnProperty.call(message, "asker"))
                writer.uint32(/* id 17, wireType 2 =*/138).string(message.asker);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a ControlCommand message from the specified reader or buffer.
         * @function decode
         * @memberof camera_control.ControlCommand
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {camera_control.ControlCommand & camera_control.ControlCommand.$Shape} ControlCommand
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        ControlCommand.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.camera_control.ControlCommand();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        message.command = reader.int32();
                        message._command = "command";
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.settings = $root.camera_control.CameraSettings.decode(reader, reader.size(), $undefined, _depth + 1, message.settings);
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.request_id = reader.stringVerify();
                        message._request_id = "request_id";
                        continue;
                    }
                case 16: {
                        if (wireType !== 2)
                            break;
                        message.asked_by = reader.stringVerify();
                        message._asked_by = "asked_by";
                        continue;
                    }
                case 17: {
                        if (wireType !== 2)
                            break;
                        message.asker = reader.stringVerify();
                        message._asker = "asker";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Creates a ControlCommand message from a plain object. Also converts values to their respective internal types.
         * @function fromObject
         * @memberof camera_control.ControlCommand
         * @static
         * @param {Object.<string,*>} object Plain object
         * @returns {camera_control.ControlCommand} ControlCommand
         */
        ControlCommand.fromObject = function (object, _depth) {
            if (object instanceof $root.camera_control.ControlCommand)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".camera_control.ControlCommand: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.camera_control.ControlCommand();
            switch (object.command) {
            case "UPDATE_SETTINGS":
            case 0:
                message.command = 0;
                break;
            case "START_STREAM":
            case 1:
                message.command = 1;
                break;
            case "STOP_STREAM":
            case 2:
                message.command = 2;
                break;
            case "GET_STATUS":
            case 3:
                message.command = 3;
                break;
            case "RESTART_CAMERA":
            case 4:
                message.command = 4;
                break;
            case "GET_SNAPSHOT":
            case 5:
                message.command = 5;
                break;
            default:
                if (typeof object.command === "number" && (object.command | 0) === object.command)
                    message.command = object.command;
            }
            if (object.settings != null) {
                if (!$util.isObject(object.settings))
                    throw $TypeError(".camera_control.ControlCommand.settings: object expected");
                message.settings = $root.camera_control.CameraSettings.fromObject(object.settings, _depth + 1);
            }
            if (object.request_id != null)
                message.request_id = $String(object.request_id);
            if (object.asked_by != null)
                message.asked_by = $String(object.asked_by);
            if (object.asker != null)
                message.asker = $String(object.asker);
            return message;
        };

        /**
         * Creates a plain object from a ControlCommand message. Also converts values to other types if specified.
         * @function toObject
         * @memberof camera_control.ControlCommand
         * @static
         * @param {camera_control.ControlCommand} message ControlCommand
         * @param {$protobuf.IConversionOptions} [options] Conversion options
         * @returns {Object.<string,*>} Plain object
         */
        ControlCommand.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (options.defaults)
                object.settings = null;
            if (message.command != null && $Object.hasOwnProperty.call(message, "command"))
                object.command = options.enums === $String ? $root.camera_control.ControlCommand.CommandType[message.command] === $undefined ? message.command : $root.camera_control.ControlCommand.CommandType[message.command] : message.command;
            if (message.settings != null && $Object.hasOwnProperty.call(message, "settings"))
                object.settings = $root.camera_control.CameraSettings.toObject(message.settings, options, _depth + 1);
            if (message.request_id != null && $Object.hasOwnProperty.call(message, "request_id"))
                object.request_id = message.request_id;
            if (message.asked_by != null && $Object.hasOwnProperty.call(message, "asked_by"))
                object.asked_by = message.asked_by;
            if (message.asker != null && $Object.hasOwnProperty.call(message, "asker"))
                object.asker = message.asker;
            return object;
        };

        /**
         * Converts this ControlCommand to JSON.
         * @function toJSON
         * @memberof camera_control.ControlCommand
         * @instance
         * @returns {Object.<string,*>} JSON object
         */
        ControlCommand.prototype.toJSON = function() {
            return ControlCommand.toObject(this, $protobuf.util.toJSONOptions);
        };

        /**
         * CommandType enum.
         * @name camera_control.ControlCommand.CommandType
         * @enum {number}
         * @property {number} UPDATE_SETTINGS=0 UPDATE_SETTINGS value
         * @property {number} START_STREAM=1 START_STREAM value
         * @property {number} STOP_STREAM=2 STOP_STREAM value
         * @property {number} GET_STATUS=3 GET_STATUS value
         * @property {number} RESTART_CAMERA=4 RESTART_CAMERA value
         * @property {number} GET_SNAPSHOT=5 GET_SNAPSHOT value
         */
        ControlCommand.CommandType = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UPDATE_SETTINGS"] = 0;
            values[valuesById[1] = "START_STREAM"] = 1;
            values[valuesById[2] = "STOP_STREAM"] = 2;
            values[valuesById[3] = "GET_STATUS"] = 3;
            values[valuesById[4] = "RESTART_CAMERA"] = 4;
            values[valuesById[5] = "GET_SNAPSHOT"] = 5;
            return values;
        })();

        return ControlCommand;
    })();

    camera_control.StatusResponse = (function() {

        /**
         * Properties of a StatusResponse.
         * @typedef {Object} camera_control.StatusResponse.$Properties
         * @property {boolean|null} [success] StatusResponse success
         * @property {string|null} [message] StatusResponse message
         * @property {camera_control.CameraSettings.$Properties} [current_settings] StatusResponse current_settings
         * @property {string|null} [request_id] StatusResponse request_id
         * @property {number|null} [timestamp] StatusResponse timestamp
         * @property {camera_control.CameraSettings.$Properties} [applied_settings] StatusResponse applied_settings
         * @property {number|null} [revision] StatusResponse revision
         * @property {number|null} [saved_revision] StatusResponse saved_revision
         * @property {number|null} [applied_revision] StatusResponse applied_revision
         * @property {number|null} [applied_time_us] StatusResponse applied_time_us
         * @property {camera_control.CameraState|null} [state] StatusResponse state
         * @property {string|null} [state_message] StatusResponse state_message
         * @property {string|null} [changed_by] StatusResponse changed_by
         * @property {Array.<string>} [changed_fields] StatusResponse changed_fields
         * @property {Array.<camera_control.FieldLimits.$Properties>} [limits] StatusResponse limits
         * @property {string|null} [error_code] StatusResponse error_code
         * @property {string|null} [error_field] StatusResponse error_field
         * @property {number|null} [clock_us] StatusResponse clock_us
         * @property {number|null} [gap_ms] StatusResponse gap_ms
         * @property {Array.<string>} [sizes] StatusResponse sizes
         * @property {Uint8Array|null} [picture] StatusResponse picture
         * @property {string|null} [asker] StatusResponse asker
         * @property {camera_control.CameraSettings.$Properties} [pending_settings] StatusResponse pending_settings
         * @property {camera_control.StreamAddresses.$Properties} [streams] StatusResponse streams
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a StatusResponse.
         * @memberof camera_control
         * @interface IStatusResponse
         * @augments camera_control.StatusResponse.$Properties
         * @deprecated Use camera_control.StatusResponse.$Properties instead.
         */

        /**
         * Shape of a StatusResponse.
         * @typedef {camera_control.StatusResponse.$Properties} camera_control.StatusResponse.$Shape
         */

        /**
         * Constructs a new StatusResponse.
         * @memberof camera_control
         * @classdesc Represents a StatusResponse.
         * @constructor
         * @param {camera_control.StatusResponse.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const StatusResponse = function (properties) {
            this.changed_fields = [];
            this.limits = [];
            this.sizes = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * StatusResponse success.
         * @member {boolean|null} success
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.success = null;

        /**
         * StatusResponse message.
         * @member {string|null} message
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.message = null;

        /**
         * StatusResponse current_settings.
         * @member {camera_control.CameraSettings} current_settings
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.current_settings = null;

        /**
         * StatusResponse request_id.
         * @member {string|null} request_id
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.request_id = null;

        /**
         * StatusResponse timestamp.
         * @member {number|null} timestamp
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.timestamp = null;

        /**
         * StatusResponse applied_settings.
         * @member {camera_control.CameraSettings} applied_settings
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.applied_settings = null;

        /**
         * StatusResponse revision.
         * @member {number|null} revision
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.revision = null;

        /**
         * StatusResponse saved_revision.
         * @member {number|null} saved_revision
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.saved_revision = null;

        /**
         * StatusResponse applied_revision.
         * @member {number|null} applied_revision
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.applied_revision = null;

        /**
         * StatusResponse applied_time_us.
         * @member {number|null} applied_time_us
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.applied_time_us = null;

        /**
         * StatusResponse state.
         * @member {camera_control.CameraState|null} state
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.state = null;

        /**
         * StatusResponse state_message.
         * @member {string|null} state_message
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.state_message = null;

        /**
         * StatusResponse changed_by.
         * @member {string|null} changed_by
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.changed_by = null;

        /**
         * StatusResponse changed_fields.
         * @member {Array.<string>} changed_fields
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.changed_fields = $util.emptyArray;

        /**
         * StatusResponse limits.
         * @member {Array.<camera_control.FieldLimits>} limits
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.limits = $util.emptyArray;

        /**
         * StatusResponse error_code.
         * @member {string|null} error_code
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.error_code = null;

        /**
         * StatusResponse error_field.
         * @member {string|null} error_field
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.error_field = null;

        /**
         * StatusResponse clock_us.
         * @member {number|null} clock_us
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.clock_us = null;

        /**
         * StatusResponse gap_ms.
         * @member {number|null} gap_ms
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.gap_ms = null;

        /**
         * StatusResponse sizes.
         * @member {Array.<string>} sizes
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.sizes = $util.emptyArray;

        /**
         * StatusResponse picture.
         * @member {Uint8Array|null} picture
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.picture = null;

        /**
         * StatusResponse asker.
         * @member {string|null} asker
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.asker = null;

        /**
         * StatusResponse pending_settings.
         * @member {camera_control.CameraSettings} pending_settings
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.pending_settings = null;

        /**
         * StatusResponse streams.
         * @member {camera_control.StreamAddresses} streams
         * @memberof camera_control.StatusResponse
         * @instance
         */
        StatusResponse.prototype.streams = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_success", {
            get: $util.oneOfGetter($oneOfFields = ["success"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_message", {
            get: $util.oneOfGetter($oneOfFields = ["message"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_request_id", {
            get: $util.oneOfGetter($oneOfFields = ["request_id"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_timestamp", {
            get: $util.oneOfGetter($oneOfFields = ["timestamp"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_revision", {
            get: $util.oneOfGetter($oneOfFields = ["revision"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_saved_revision", {
            get: $util.oneOfGetter($oneOfFields = ["saved_revision"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_applied_revision", {
            get: $util.oneOfGetter($oneOfFields = ["applied_revision"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_applied_time_us", {
            get: $util.oneOfGetter($oneOfFields = ["applied_time_us"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_state", {
            get: $util.oneOfGetter($oneOfFields = ["state"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_state_message", {
            get: $util.oneOfGetter($oneOfFields = ["state_message"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_changed_by", {
            get: $util.oneOfGetter($oneOfFields = ["changed_by"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_error_code", {
            get: $util.oneOfGetter($oneOfFields = ["error_code"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_error_field", {
            get: $util.oneOfGetter($oneOfFields = ["error_field"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_clock_us", {
            get: $util.oneOfGetter($oneOfFields = ["clock_us"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_gap_ms", {
            get: $util.oneOfGetter($oneOfFields = ["gap_ms"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_picture", {
            get: $util.oneOfGetter($oneOfFields = ["picture"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StatusResponse.prototype, "_asker", {
            get: $util.oneOfGetter($oneOfFields = ["asker"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Creates a new StatusResponse instance using the specified properties.
         * @function create
         * @memberof camera_control.StatusResponse
         * @static
         * @param {camera_control.StatusResponse.$Properties=} [properties] Properties to set
         * @returns {camera_control.StatusResponse} StatusResponse instance
         * @type {{
         *   (properties: camera_control.StatusResponse.$Shape): camera_control.StatusResponse & camera_control.StatusResponse.$Shape;
         *   (properties?: camera_control.StatusResponse.$Properties): camera_control.StatusResponse;
         * }}
         */
        StatusResponse.create = function(properties) {
            return new StatusResponse(properties);
        };

        /**
         * Encodes the specified StatusResponse message. Does not implicitly {@link camera_control.StatusResponse.verify|verify} messages.
         * @function encode
         * @memberof camera_control.StatusResponse
         * @static
         * @param {camera_control.StatusResponse.$Properties} message StatusResponse message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        StatusResponse.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.success != null && $Object.hasOwnProperty.call(message, "success"))
                writer.uint32(/* id 1, wireType 0 =*/8).bool(message.success);
            if (message.message != null && $Object.hasOwnProperty.call(message, "message"))
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.message);
            if (message.current_settings != null && $Object.hasOwnProperty.call(message, "current_settings"))
                $root.camera_control.CameraSettings.encode(message.current_settings, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
            if (message.request_id != null && $Object.hasOwnProperty.call(message, "request_id"))
                writer.uint32(/* id 4, wireType 2 =*/34).string(message.request_id);
            if (message.timestamp != null && $Object.hasOwnProperty.call(message, "timestamp"))
                writer.uint32(/* id 5, wireType 0 =*/40).int64(message.timestamp);
            if (message.applied_settings != null && $Object.hasOwnProperty.call(message, "applied_settings"))
                $root.camera_control.CameraSettings.encode(message.applied_settings, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
            if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
                writer.uint32(/* id 17, wireType 0 =*/136).uint32(message.revision);
            if (message.saved_revision != null && $Object.hasOwnProperty.call(message, "saved_revision"))
                writer.uint32(/* id 18, wireType 0 =*/144).uint32(message.saved_revision);
            if (message.applied_revision != null && $Object.hasOwnProperty.call(message, "applied_revision"))
                writer.uint32(/* id 19, wireType 0 =*/152).uint32(message.applied_revision);
            if (message.applied_time_us != null && $Object.hasOwnProperty.call(message, "applied_time_us"))
                writer.uint32(/* id 20, wireType 1 =*/161).double(message.applied_time_us);
            if (message.state != null && $Object.hasOwnProperty.call(message, "state"))
                writer.uint32(/* id 21, wireType 0 =*/168).int32(message.state);
            if (message.state_message != null && $Object.hasOwnProperty.call(message, "state_message"))
                writer.uint32(/* id 22, wireType 2 =*/178).string(message.state_message);
            if (message.changed_by != null && $Object.hasOwnProperty.call(message, "changed_by"))
                writer.uint32(/* id 23, wireType 2 =*/186).string(message.changed_by);
            if (message.changed_fields != null && message.changed_fields.length)
                for (let i = 0; i < message.changed_fields.length; ++i)
                    writer.uint32(/* id 24, wireType 2 =*/194).string(message.changed_fields[i]);
            if (message.limits != null && message.limits.length)
                for (let i = 0; i < message.limits.length; ++i)
                    $root.camera_control.FieldLimits.encode(message.limits[i], writer.uint32(/* id 25, wireType 2 =*/202).fork(), _depth + 1).ldelim();
            if (message.error_code != null && $Object.hasOwnProperty.call(message, "error_code"))
                writer.uint32(/* id 26, wireType 2 =*/210).string(message.error_code);
            if (message.error_field != null && $Object.hasOwnProperty.call(message, "error_field"))
                writer.uint32(/* id 27, wireType 2 =*/218).string(message.error_field);
            if (message.clock_us != null && $Object.hasOwnProperty.call(message, "clock_us"))
                writer.uint32(/* id 28, wireType 1 =*/225).double(message.clock_us);
            if (message.gap_ms != null && $Object.hasOwnProperty.call(message, "gap_ms"))
                writer.uint32(/* id 29, wireType 0 =*/232).uint32(message.gap_ms);
            if (message.sizes != null && message.sizes.length)
                for (let i = 0; i < message.sizes.length; ++i)
                    writer.uint32(/* id 30, wireType 2 =*/242).string(message.sizes[i]);
            if (message.picture != null && $Object.hasOwnProperty.call(message, "picture"))
                writer.uint32(/* id 31, wireType 2 =*/250).bytes(message.picture);
            if (message.asker != null && $Object.hasOwnProperty.call(message, "asker"))
                writer.uint32(/* id 32, wireType 2 =*/258).string(message.asker);
            if (message.pending_settings != null && $Object.hasOwnProperty.call(message, "pending_settings"))
                $root.camera_control.CameraSettings.encode(message.pending_settings, writer.uint32(/* id 33, wireType 2 =*/266).fork(), _depth + 1).ldelim();
            if (message.streams != null && $Object.hasOwnProperty.call(message, "streams"))
                $root.camera_control.StreamAddresses.encode(message.streams, writer.uint32(/* id 34, wireType 2 =*/274).fork(), _depth + 1).ldelim();
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a StatusResponse message from the specified reader or buffer.
         * @function decode
         * @memberof camera_control.StatusResponse
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {camera_control.StatusResponse & camera_control.StatusResponse.$Shape} StatusResponse
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        StatusResponse.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message, value;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.camera_control.StatusResponse();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 0)
                            break;
                        message.success = reader.bool();
                        message._success = "success";
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.message = reader.stringVerify();
                        message._message = "message";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.current_settings = $root.camera_control.CameraSettings.decode(reader, reader.size(), $undefined, _depth + 1, message.current_settings);
                        continue;
                    }
                case 4: {
                        if (wireType !== 2)
                            break;
                        message.request_id = reader.stringVerify();
                        message._request_id = "request_id";
                        continue;
                    }
                case 5: {
                        if (wireType !== 0)
                            break;
                        message.timestamp = reader.int64();
                        message._timestamp = "timestamp";
                        continue;
                    }
                case 16: {
                        if (wireType !== 2)
                            break;
                        message.applied_settings = $root.camera_control.CameraSettings.decode(reader, reader.size(), $undefined, _depth + 1, message.applied_settings);
                        continue;
                    }
                case 17: {
                        if (wireType !== 0)
                            break;
                        message.revision = reader.uint32();
                        message._revision = "revision";
                        continue;
                    }
                case 18: {
                        if (wireType !== 0)
                            break;
                        message.saved_revision = reader.uint32();
                        message._saved_revision = "saved_revision";
                        continue;
                    }
                case 19: {
                        if (wireType !== 0)
                            break;
                        message.applied_revision = reader.uint32();
                        message._applied_revision = "applied_revision";
                        continue;
                    }
                case 20: {
                        if (wireType !== 1)
                            break;
                        message.applied_time_us = reader.double();
                        message._applied_time_us = "applied_time_us";
                        continue;
                    }
                case 21: {
                        if (wireType !== 0)
                            break;
                        message.state = reader.int32();
                        message._state = "state";
                        continue;
                    }
                case 22: {
                        if (wireType !== 2)
                            break;
                        message.state_message = reader.stringVerify();
                        message._state_message = "state_message";
                        continue;
                    }
                case 23: {
                        if (wireType !== 2)
                            break;
                        message.changed_by = reader.stringVerify();
                        message._changed_by = "changed_by";
                        continue;
                    }
                case 24: {
                        if (wireType !== 2)
                            break;
                        if (!(message.changed_fields && message.changed_fields.length))
                            message.changed_fields = [];
                        message.changed_fields.push(reader.stringVerify());
                        continue;
                    }
                case 25: {
                        if (wireType !== 2)
                            break;
                        if (!(message.limits && message.limits.length))
                            message.limits = [];
                        message.limits.push($root.camera_control.FieldLimits.decode(reader, reader.size(), $undefined, _depth + 1));
                        continue;
                    }
                case 26: {
                        if (wireType !== 2)
                            break;
                        message.error_code = reader.stringVerify();
                        message._error_code = "error_code";
                        continue;
                    }
                case 27: {
                        if (wireType !== 2)
                            break;
                        message.error_field = reader.stringVerify();
                        message._error_field = "error_field";
                        continue;
                    }
                case 28: {
                        if (wireType !== 1)
                            break;
                        message.clock_us = reader.double();
                        message._clock_us = "clock_us";
                        continue;
                    }
                case 29: {
                        if (wireType !== 0)
                            break;
                        message.gap_ms = reader.uint32();
                        message._gap_ms = "gap_ms";
                        continue;
                    }
                case 30: {
                        if (wireType !== 2)
                            break;
                        if (!(message.sizes && message.sizes.length))
                            message.sizes = [];
                        message.sizes.push(reader.stringVerify());
                        continue;
                    }
                case 31: {
                        if (wireType !== 2)
                            break;
                        message.picture = reader.bytes();
                        message._picture = "picture";
                        continue;
                    }
                case 32: {
                        if (wireType !== 2)
                            break;
                        message.asker = reader.stringVerify();
                        message._asker = "asker";
                        continue;
                    }
                case 33: {
                        if (wireType !== 2)
                            break;
                        message.pending_settings = $root.camera_control.CameraSettings.decode(reader, reader.size(), $undefined, _depth + 1, message.pending_settings);
                        continue;
                    }
                case 34: {
                        if (wireType !== 2)
                            break;
                        message.streams = $root.camera_control.StreamAddresses.decode(reader, reader.size(), $undefined, _depth + 1, message.streams);
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Creates a StatusResponse message from a plain object. Also converts values to their respective internal types.
         * @function fromObject
         * @memberof camera_control.StatusResponse
         * @static
         * @param {Object.<string,*>} object Plain object
         * @returns {camera_control.StatusResponse} StatusResponse
         */
        StatusResponse.fromObject = function (object, _depth) {
            if (object instanceof $root.camera_control.StatusResponse)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".camera_control.StatusResponse: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.camera_control.StatusResponse();
            if (object.success != null)
                message.success = $Boolean(object.success);
            if (object.message != null)
                message.message = $String(object.message);
            if (object.current_settings != null) {
                if (!$util.isObject(object.current_settings))
                    throw $TypeError(".camera_control.StatusResponse.current_settings: object expected");
                message.current_settings = $root.camera_control.CameraSettings.fromObject(object.current_settings, _depth + 1);
            }
            if (object.request_id != null)
                message.request_id = $String(object.request_id);
            if (object.timestamp != null)
                if ($util.Long)
                    message.timestamp = $util.Long.fromValue(object.timestamp, false);
                else if (typeof object.timestamp === "string")
                    message.timestamp = $parseInt(object.timestamp, 10);
                else if (typeof object.timestamp === "number")
                    message.timestamp = object.timestamp;
                else if (typeof object.timestamp === "object")
                    message.timestamp = new $util.LongBits(object.timestamp.low >>> 0, object.timestamp.high >>> 0).toNumber();
            if (object.applied_settings != null) {
                if (!$util.isObject(object.applied_settings))
                    throw $TypeError(".camera_control.StatusResponse.applied_settings: object expected");
                message.applied_settings = $root.camera_control.CameraSettings.fromObject(object.applied_settings, _depth + 1);
            }
            if (object.revision != null)
                message.revision = object.revision >>> 0;
            if (object.saved_revision != null)
                message.saved_revision = object.saved_revision >>> 0;
            if (object.applied_revision != null)
                message.applied_revision = object.applied_revision >>> 0;
            if (object.applied_time_us != null)
                message.applied_time_us = $Number(object.applied_time_us);
            switch (object.state) {
            case "CAMERA_STATE_UNKNOWN":
            case 0:
                message.state = 0;
                break;
            case "STARTING":
            case 1:
                message.state = 1;
                break;
            case "LIVE":
            case 2:
                message.state = 2;
                break;
            case "STOPPED":
            case 3:
                message.state = 3;
                break;
            case "RECONNECTING":
            case 4:
                message.state = 4;
                break;
            case "MISSING":
            case 5:
                message.state = 5;
                break;
            case "AWAY":
            case 6:
                message.state = 6;
                break;
            default:
                if (typeof object.state === "number" && (object.state | 0) === object.state)
                    message.state = object.state;
            }
            if (object.state_message != null)
                message.state_message = $String(object.state_message);
            if (object.changed_by != null)
                message.changed_by = $String(object.changed_by);
            if (object.changed_fields) {
                if (!$Array.isArray(object.changed_fields))
                    throw $TypeError(".camera_control.StatusResponse.changed_fields: array expected");
                message.changed_fields = $Array(object.changed_fields.length);
                for (let i = 0; i < object.changed_fields.length; ++i)
                    message.changed_fields[i] = $String(object.changed_fields[i]);
            }
            if (object.limits) {
                if (!$Array.isArray(object.limits))
                    throw $TypeError(".camera_control.StatusResponse.limits: array expected");
                message.limits = $Array(object.limits.length);
                for (let i = 0; i < object.limits.length; ++i) {
                    if (!$util.isObject(object.limits[i]))
                        throw $TypeError(".camera_control.StatusResponse.limits: object expected");
                    message.limits[i] = $root.camera_control.FieldLimits.fromObject(object.limits[i], _depth + 1);
                }
            }
            if (object.error_code != null)
                message.error_code = $String(object.error_code);
            if (object.error_field != null)
                message.error_field = $String(object.error_field);
            if (object.clock_us != null)
                message.clock_us = $Number(object.clock_us);
            if (object.gap_ms != null)
                message.gap_ms = object.gap_ms >>> 0;
            if (object.sizes) {
                if (!$Array.isArray(object.sizes))
                    throw $TypeError(".camera_control.StatusResponse.sizes: array expected");
                message.sizes = $Array(object.sizes.length);
                for (let i = 0; i < object.sizes.length; ++i)
                    message.sizes[i] = $String(object.sizes[i]);
            }
            if (object.picture != null)
                if (typeof object.picture === "string")
                    $util.base64.decode(object.picture, message.picture = $util.newBuffer($util.base64.length(object.picture)), 0);
                else if (object.picture.length >= 0)
                    message.picture = object.picture;
            if (object.asker != null)
                message.asker = $String(object.asker);
            if (object.pending_settings != null) {
                if (!$util.isObject(object.pending_settings))
                    throw $TypeError(".camera_control.StatusResponse.pending_settings: object expected");
                message.pending_settings = $root.camera_control.CameraSettings.fromObject(object.pending_settings, _depth + 1);
            }
            if (object.streams != null) {
                if (!$util.isObject(object.streams))
                    throw $TypeError(".camera_control.StatusResponse.streams: object expected");
                message.streams = $root.camera_control.StreamAddresses.fromObject(object.streams, _depth + 1);
            }
            return message;
        };

        /**
         * Creates a plain object from a StatusResponse message. Also converts values to other types if specified.
         * @function toObject
         * @memberof camera_control.StatusResponse
         * @static
         * @param {camera_control.StatusResponse} message StatusResponse
         * @param {$protobuf.IConversionOptions} [options] Conversion options
         * @returns {Object.<string,*>} Plain object
         */
        StatusResponse.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (options.arrays || options.defaults) {
                object.changed_fields = [];
                object.limits = [];
                object.sizes = [];
            }
            if (options.defaults) {
                object.current_settings = null;
                object.applied_settings = null;
                object.pending_settings = null;
                object.streams = null;
            }
            if (message.success != null && $Object.hasOwnProperty.call(message, "success"))
                object.success = message.success;
            if (message.message != null && $Object.hasOwnProperty.call(message, "message"))
                object.message = message.message;
            if (message.current_settings != null && $Object.hasOwnProperty.call(message, "current_settings"))
                object.current_settings = $root.camera_control.CameraSettings.toObject(message.current_settings, options, _depth + 1);
            if (message.request_id != null && $Object.hasOwnProperty.call(message, "request_id"))
                object.request_id = message.request_id;
            if (message.timestamp != null && $Object.hasOwnProperty.call(message, "timestamp"))
                if (typeof $BigInt !== "undefined" && options.longs === $BigInt)
                    object.timestamp = typeof message.timestamp === "number" ? $BigInt(message.timestamp) : $util.Long.fromBits(message.timestamp.low >>> 0, message.timestamp.high >>> 0, false).toBigInt();
                else if (typeof message.timestamp === "number")
                    object.timestamp = options.longs === $String ? $String(message.timestamp) : message.timestamp;
                else
                    object.timestamp = options.longs === $String ? $util.Long.prototype.toString.call(message.timestamp) : options.longs === $Number ? new $util.LongBits(message.timestamp.low >>> 0, message.timestamp.high >>> 0).toNumber() : message.timestamp;
            if (message.applied_settings != null && $Object.hasOwnProperty.call(message, "applied_settings"))
                object.applied_settings = $root.camera_control.CameraSettings.toObject(message.applied_settings, options, _depth + 1);
            if (message.revision != null && $Object.hasOwnProperty.call(message, "revision"))
                object.revision = message.revision;
            if (message.saved_revision != null && $Object.hasOwnProperty.call(message, "saved_revision"))
                object.saved_revision = message.saved_revision;
            if (message.applied_revision != null && $Object.hasOwnProperty.call(message, "applied_revision"))
                object.applied_revision = message.applied_revision;
            if (message.applied_time_us != null && $Object.hasOwnProperty.call(message, "applied_time_us"))
                object.applied_time_us = options.json && !$isFinite(message.applied_time_us) ? $String(message.applied_time_us) : message.applied_time_us;
            if (message.state != null && $Object.hasOwnProperty.call(message, "state"))
                object.state = options.enums === $String ? $root.camera_control.CameraState[message.state] === $undefined ? message.state : $root.camera_control.CameraState[message.state] : message.state;
            if (message.state_message != null && $Object.hasOwnProperty.call(message, "state_message"))
                object.state_message = message.state_message;
            if (message.changed_by != null && $Object.hasOwnProperty.call(message, "changed_by"))
                object.changed_by = message.changed_by;
            if (message.changed_fields && message.changed_fields.length) {
                object.changed_fields = $Array(message.changed_fields.length);
                for (let j = 0; j < message.changed_fields.length; ++j)
                    object.changed_fields[j] = message.changed_fields[j];
            }
            if (message.limits && message.limits.length) {
                object.limits = $Array(message.limits.length);
                for (let j = 0; j < message.limits.length; ++j)
                    object.limits[j] = $root.camera_control.FieldLimits.toObject(message.limits[j], options, _depth + 1);
            }
            if (message.error_code != null && $Object.hasOwnProperty.call(message, "error_code"))
                object.error_code = message.error_code;
            if (message.error_field != null && $Object.hasOwnProperty.call(message, "error_field"))
                object.error_field = message.error_field;
            if (message.clock_us != null && $Object.hasOwnProperty.call(message, "clock_us"))
                object.clock_us = options.json && !$isFinite(message.clock_us) ? $String(message.clock_us) : message.clock_us;
            if (message.gap_ms != null && $Object.hasOwnProperty.call(message, "gap_ms"))
                object.gap_ms = message.gap_ms;
            if (message.sizes && message.sizes.length) {
                object.sizes = $Array(message.sizes.length);
                for (let j = 0; j < message.sizes.length; ++j)
                    object.sizes[j] = message.sizes[j];
            }
            if (message.picture != null && $Object.hasOwnProperty.call(message, "picture"))
                object.picture = options.bytes === $String ? $util.base64.encode(message.picture, 0, message.picture.length) : options.bytes === $Array ? $Array.prototype.slice.call(message.picture) : message.picture;
            if (message.asker != null && $Object.hasOwnProperty.call(message, "asker"))
                object.asker = message.asker;
            if (message.pending_settings != null && $Object.hasOwnProperty.call(message, "pending_settings"))
                object.pending_settings = $root.camera_control.CameraSettings.toObject(message.pending_settings, options, _depth + 1);
            if (message.streams != null && $Object.hasOwnProperty.call(message, "streams"))
                object.streams = $root.camera_control.StreamAddresses.toObject(message.streams, options, _depth + 1);
            return object;
        };

        /**
         * Converts this StatusResponse to JSON.
         * @function toJSON
         * @memberof camera_control.StatusResponse
         * @instance
         * @returns {Object.<string,*>} JSON object
         */
        StatusResponse.prototype.toJSON = function() {
            return StatusResponse.toObject(this, $protobuf.util.toJSONOptions);
        };

        return StatusResponse;
    })();

    camera_control.StreamAddresses = (function() {

        /**
         * Properties of a StreamAddresses.
         * @typedef {Object} camera_control.StreamAddresses.$Properties
         * @property {string|null} [rtsp] StreamAddresses rtsp
         * @property {string|null} [hls] StreamAddresses hls
         * @property {string|null} [webrtc] StreamAddresses webrtc
         * @property {boolean|null} [loopback] StreamAddresses loopback
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a StreamAddresses.
         * @memberof camera_control
         * @interface IStreamAddresses
         * @augments camera_control.StreamAddresses.$Properties
         * @deprecated Use camera_control.StreamAddresses.$Properties instead.
         */

        /**
         * Shape of a StreamAddresses.
         * @typedef {camera_control.StreamAddresses.$Properties} camera_control.StreamAddresses.$Shape
         */

        /**
         * Constructs a new StreamAddresses.
         * @memberof camera_control
         * @classdesc Represents a StreamAddresses.
         * @constructor
         * @param {camera_control.StreamAddresses.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const StreamAddresses = function (properties) {
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * StreamAddresses rtsp.
         * @member {string|null} rtsp
         * @memberof camera_control.StreamAddresses
         * @instance
         */
        StreamAddresses.prototype.rtsp = null;

        /**
         * StreamAddresses hls.
         * @member {string|null} hls
         * @memberof camera_control.StreamAddresses
         * @instance
         */
        StreamAddresses.prototype.hls = null;

        /**
         * StreamAddresses webrtc.
         * @member {string|null} webrtc
         * @memberof camera_control.StreamAddresses
         * @instance
         */
        StreamAddresses.prototype.webrtc = null;

        /**
         * StreamAddresses loopback.
         * @member {boolean|null} loopback
         * @memberof camera_control.StreamAddresses
         * @instance
         */
        StreamAddresses.prototype.loopback = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StreamAddresses.prototype, "_rtsp", {
            get: $util.oneOfGetter($oneOfFields = ["rtsp"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StreamAddresses.prototype, "_hls", {
            get: $util.oneOfGetter($oneOfFields = ["hls"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StreamAddresses.prototype, "_webrtc", {
            get: $util.oneOfGetter($oneOfFields = ["webrtc"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(StreamAddresses.prototype, "_loopback", {
            get: $util.oneOfGetter($oneOfFields = ["loopback"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Creates a new StreamAddresses instance using the specified properties.
         * @function create
         * @memberof camera_control.StreamAddresses
         * @static
         * @param {camera_control.StreamAddresses.$Properties=} [properties] Properties to set
         * @returns {camera_control.StreamAddresses} StreamAddresses instance
         * @type {{
         *   (properties: camera_control.StreamAddresses.$Shape): camera_control.StreamAddresses & camera_control.StreamAddresses.$Shape;
         *   (properties?: camera_control.StreamAddresses.$Properties): camera_control.StreamAddresses;
         * }}
         */
        StreamAddresses.create = function(properties) {
            return new StreamAddresses(properties);
        };

        /**
         * Encodes the specified StreamAddresses message. Does not implicitly {@link camera_control.StreamAddresses.verify|verify} messages.
         * @function encode
         * @memberof camera_control.StreamAddresses
         * @static
         * @param {camera_control.StreamAddresses.$Properties} message StreamAddresses message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        StreamAddresses.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.rtsp != null && $Object.hasOwnProperty.call(message, "rtsp"))
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.rtsp);
            if (message.hls != null && $Object.hasOwnProperty.call(message, "hls"))
                writer.uint32(/* id 2, wireType 2 =*/18).string(message.hls);
            if (message.webrtc != null && $Object.hasOwnProperty.call(message, "webrtc"))
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.webrtc);
            if (message.loopback != null && $Object.hasOwnProperty.call(message, "loopback"))
                writer.uint32(/* id 4, wireType 0 =*/32).bool(message.loopback);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a StreamAddresses message from the specified reader or buffer.
         * @function decode
         * @memberof camera_control.StreamAddresses
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {camera_control.StreamAddresses & camera_control.StreamAddresses.$Shape} StreamAddresses
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        StreamAddresses.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.camera_control.StreamAddresses();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.rtsp = reader.stringVerify();
                        message._rtsp = "rtsp";
                        continue;
                    }
                case 2: {
                        if (wireType !== 2)
                            break;
                        message.hls = reader.stringVerify();
                        message._hls = "hls";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.webrtc = reader.stringVerify();
                        message._webrtc = "webrtc";
                        continue;
                    }
                case 4: {
                        if (wireType !== 0)
                            break;
                        message.loopback = reader.bool();
                        message._loopback = "loopback";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Creates a StreamAddresses message from a plain object. Also converts values to their respective internal types.
         * @function fromObject
         * @memberof camera_control.StreamAddresses
         * @static
         * @param {Object.<string,*>} object Plain object
         * @returns {camera_control.StreamAddresses} StreamAddresses
         */
        StreamAddresses.fromObject = function (object, _depth) {
            if (object instanceof $root.camera_control.StreamAddresses)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".camera_control.StreamAddresses: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.camera_control.StreamAddresses();
            if (object.rtsp != null)
                message.rtsp = $String(object.rtsp);
            if (object.hls != null)
                message.hls = $String(object.hls);
            if (object.webrtc != null)
                message.webrtc = $String(object.webrtc);
            if (object.loopback != null)
                message.loopback = $Boolean(object.loopback);
            return message;
        };

        /**
         * Creates a plain object from a StreamAddresses message. Also converts values to other types if specified.
         * @function toObject
         * @memberof camera_control.StreamAddresses
         * @static
         * @param {camera_control.StreamAddresses} message StreamAddresses
         * @param {$protobuf.IConversionOptions} [options] Conversion options
         * @returns {Object.<string,*>} Plain object
         */
        StreamAddresses.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (message.rtsp != null && $Object.hasOwnProperty.call(message, "rtsp"))
                object.rtsp = message.rtsp;
            if (message.hls != null && $Object.hasOwnProperty.call(message, "hls"))
                object.hls = message.hls;
            if (message.webrtc != null && $Object.hasOwnProperty.call(message, "webrtc"))
                object.webrtc = message.webrtc;
            if (message.loopback != null && $Object.hasOwnProperty.call(message, "loopback"))
                object.loopback = message.loopback;
            return object;
        };

        /**
         * Converts this StreamAddresses to JSON.
         * @function toJSON
         * @memberof camera_control.StreamAddresses
         * @instance
         * @returns {Object.<string,*>} JSON object
         */
        StreamAddresses.prototype.toJSON = function() {
            return StreamAddresses.toObject(this, $protobuf.util.toJSONOptions);
        };

        return StreamAddresses;
    })();

    /**
     * CameraState enum.
     * @name camera_control.CameraState
     * @enum {number}
     * @property {number} CAMERA_STATE_UNKNOWN=0 CAMERA_STATE_UNKNOWN value
     * @property {number} STARTING=1 STARTING value
     * @property {number} LIVE=2 LIVE value
     * @property {number} STOPPED=3 STOPPED value
     * @property {number} RECONNECTING=4 RECONNECTING value
     * @property {number} MISSING=5 MISSING value
     * @property {number} AWAY=6 AWAY value
     */
    camera_control.CameraState = (function() {
        const valuesById = $Object.create(null), values = $Object.create(valuesById);
        values[valuesById[0] = "CAMERA_STATE_UNKNOWN"] = 0;
        values[valuesById[1] = "STARTING"] = 1;
        values[valuesById[2] = "LIVE"] = 2;
        values[valuesById[3] = "STOPPED"] = 3;
        values[valuesById[4] = "RECONNECTING"] = 4;
        values[valuesById[5] = "MISSING"] = 5;
        values[valuesById[6] = "AWAY"] = 6;
        return values;
    })();

    camera_control.FieldLimits = (function() {

        /**
         * Properties of a FieldLimits.
         * @typedef {Object} camera_control.FieldLimits.$Properties
         * @property {string|null} [field] FieldLimits field
         * @property {boolean|null} [available] FieldLimits available
         * @property {string|null} [reason] FieldLimits reason
         * @property {number|null} [min] FieldLimits min
         * @property {number|null} [max] FieldLimits max
         * @property {number|null} [step] FieldLimits step
         * @property {Array.<string>} [choices] FieldLimits choices
         * @property {string|null} [applied] FieldLimits applied
         * @property {number|null} [gap_ms] FieldLimits gap_ms
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */

        /**
         * Properties of a FieldLimits.
         * @memberof camera_control
         * @interface IFieldLimits
         * @augments camera_control.FieldLimits.$Properties
         * @deprecated Use camera_control.FieldLimits.$Properties instead.
         */

        /**
         * Shape of a FieldLimits.
         * @typedef {camera_control.FieldLimits.$Properties} camera_control.FieldLimits.$Shape
         */

        /**
         * Constructs a new FieldLimits.
         * @memberof camera_control
         * @classdesc Represents a FieldLimits.
         * @constructor
         * @param {camera_control.FieldLimits.$Properties=} [properties] Properties to set
         * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
         */
        const FieldLimits = function (properties) {
            this.choices = [];
            if (properties)
                for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                    if (properties[keys[i]] != null && keys[i] !== "__proto__")
                        this[keys[i]] = properties[keys[i]];
        };

        /**
         * FieldLimits field.
         * @member {string|null} field
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.field = null;

        /**
         * FieldLimits available.
         * @member {boolean|null} available
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.available = null;

        /**
         * FieldLimits reason.
         * @member {string|null} reason
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.reason = null;

        /**
         * FieldLimits min.
         * @member {number|null} min
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.min = null;

        /**
         * FieldLimits max.
         * @member {number|null} max
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.max = null;

        /**
         * FieldLimits step.
         * @member {number|null} step
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.step = null;

        /**
         * FieldLimits choices.
         * @member {Array.<string>} choices
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.choices = $util.emptyArray;

        /**
         * FieldLimits applied.
         * @member {string|null} applied
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.applied = null;

        /**
         * FieldLimits gap_ms.
         * @member {number|null} gap_ms
         * @memberof camera_control.FieldLimits
         * @instance
         */
        FieldLimits.prototype.gap_ms = null;

        // OneOf field names bound to virtual getters and setters
        let $oneOfFields;

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_field", {
            get: $util.oneOfGetter($oneOfFields = ["field"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_available", {
            get: $util.oneOfGetter($oneOfFields = ["available"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_reason", {
            get: $util.oneOfGetter($oneOfFields = ["reason"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_min", {
            get: $util.oneOfGetter($oneOfFields = ["min"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_max", {
            get: $util.oneOfGetter($oneOfFields = ["max"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_step", {
            get: $util.oneOfGetter($oneOfFields = ["step"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_applied", {
            get: $util.oneOfGetter($oneOfFields = ["applied"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        // Virtual OneOf for proto3 optional field
        $Object.defineProperty(FieldLimits.prototype, "_gap_ms", {
            get: $util.oneOfGetter($oneOfFields = ["gap_ms"]),
            set: $util.oneOfSetter($oneOfFields)
        });

        /**
         * Creates a new FieldLimits instance using the specified properties.
         * @function create
         * @memberof camera_control.FieldLimits
         * @static
         * @param {camera_control.FieldLimits.$Properties=} [properties] Properties to set
         * @returns {camera_control.FieldLimits} FieldLimits instance
         * @type {{
         *   (properties: camera_control.FieldLimits.$Shape): camera_control.FieldLimits & camera_control.FieldLimits.$Shape;
         *   (properties?: camera_control.FieldLimits.$Properties): camera_control.FieldLimits;
         * }}
         */
        FieldLimits.create = function(properties) {
            return new FieldLimits(properties);
        };

        /**
         * Encodes the specified FieldLimits message. Does not implicitly {@link camera_control.FieldLimits.verify|verify} messages.
         * @function encode
         * @memberof camera_control.FieldLimits
         * @static
         * @param {camera_control.FieldLimits.$Properties} message FieldLimits message or plain object to encode
         * @param {$protobuf.Writer} [writer] Writer to encode to
         * @returns {$protobuf.Writer} Writer
         */
        FieldLimits.encode = function (message, writer, _depth) {
            if (!writer)
                writer = $Writer.create();
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            if (message.field != null && $Object.hasOwnProperty.call(message, "field"))
                writer.uint32(/* id 1, wireType 2 =*/10).string(message.field);
            if (message.available != null && $Object.hasOwnProperty.call(message, "available"))
                writer.uint32(/* id 2, wireType 0 =*/16).bool(message.available);
            if (message.reason != null && $Object.hasOwnProperty.call(message, "reason"))
                writer.uint32(/* id 3, wireType 2 =*/26).string(message.reason);
            if (message.min != null && $Object.hasOwnProperty.call(message, "min"))
                writer.uint32(/* id 4, wireType 1 =*/33).double(message.min);
            if (message.max != null && $Object.hasOwnProperty.call(message, "max"))
                writer.uint32(/* id 5, wireType 1 =*/41).double(message.max);
            if (message.step != null && $Object.hasOwnProperty.call(message, "step"))
                writer.uint32(/* id 6, wireType 1 =*/49).double(message.step);
            if (message.choices != null && message.choices.length)
                for (let i = 0; i < message.choices.length; ++i)
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.choices[i]);
            if (message.applied != null && $Object.hasOwnProperty.call(message, "applied"))
                writer.uint32(/* id 8, wireType 2 =*/66).string(message.applied);
            if (message.gap_ms != null && $Object.hasOwnProperty.call(message, "gap_ms"))
                writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.gap_ms);
            if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                for (let i = 0; i < message.$unknowns.length; ++i)
                    writer.raw(message.$unknowns[i]);
            return writer;
        };

        /**
         * Decodes a FieldLimits message from the specified reader or buffer.
         * @function decode
         * @memberof camera_control.FieldLimits
         * @static
         * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
         * @param {number} [length] Message length if known beforehand
         * @returns {camera_control.FieldLimits & camera_control.FieldLimits.$Shape} FieldLimits
         * @throws {Error} If the payload is not a reader or valid buffer
         * @throws {$protobuf.util.ProtocolError} If required fields are missing
         */
        FieldLimits.decode = function (reader, length, _end, _depth, _target) {
            if (!(reader instanceof $Reader))
                reader = $Reader.create(reader);
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $Reader.recursionLimit)
                throw $Error("max depth exceeded");
            let end, message;
            if (length === $undefined)
                end = reader.len;
            else {
                end = reader.pos + length;
                if (end > reader.len)
                    throw $RangeError("index out of range");
                length = reader.len;
                reader.len = end;
            }
            message = _target || new $root.camera_control.FieldLimits();
            while (reader.pos < end) {
                let start = reader.pos;
                let tag = reader.tag();
                if (tag === _end) {
                    _end = $undefined;
                    break;
                }
                let wireType = tag & 7;
                switch (tag >>>= 3) {
                case 1: {
                        if (wireType !== 2)
                            break;
                        message.field = reader.stringVerify();
                        message._field = "field";
                        continue;
                    }
                case 2: {
                        if (wireType !== 0)
                            break;
                        message.available = reader.bool();
                        message._available = "available";
                        continue;
                    }
                case 3: {
                        if (wireType !== 2)
                            break;
                        message.reason = reader.stringVerify();
                        message._reason = "reason";
                        continue;
                    }
                case 4: {
                        if (wireType !== 1)
                            break;
                        message.min = reader.double();
                        message._min = "min";
                        continue;
                    }
                case 5: {
                        if (wireType !== 1)
                            break;
                        message.max = reader.double();
                        message._max = "max";
                        continue;
                    }
                case 6: {
                        if (wireType !== 1)
                            break;
                        message.step = reader.double();
                        message._step = "step";
                        continue;
                    }
                case 7: {
                        if (wireType !== 2)
                            break;
                        if (!(message.choices && message.choices.length))
                            message.choices = [];
                        message.choices.push(reader.stringVerify());
                        continue;
                    }
                case 8: {
                        if (wireType !== 2)
                            break;
                        message.applied = reader.stringVerify();
                        message._applied = "applied";
                        continue;
                    }
                case 9: {
                        if (wireType !== 0)
                            break;
                        message.gap_ms = reader.uint32();
                        message._gap_ms = "gap_ms";
                        continue;
                    }
                }
                reader.skipType(wireType, _depth, tag);
                if (!reader.discardUnknown) {
                    $util.makeProp(message, "$unknowns", false);
                    (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                }
            }
            if (length !== $undefined) {
                if (reader.pos !== end)
                    throw $RangeError("index out of range");
                reader.len = length;
            }
            if (_end !== $undefined)
                throw $Error("missing end group");
            return message;
        };

        /**
         * Creates a FieldLimits message from a plain object. Also converts values to their respective internal types.
         * @function fromObject
         * @memberof camera_control.FieldLimits
         * @static
         * @param {Object.<string,*>} object Plain object
         * @returns {camera_control.FieldLimits} FieldLimits
         */
        FieldLimits.fromObject = function (object, _depth) {
            if (object instanceof $root.camera_control.FieldLimits)
                return object;
            if (!$util.isObject(object))
                throw $TypeError(".camera_control.FieldLimits: object expected");
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let message = new $root.camera_control.FieldLimits();
            if (object.field != null)
                message.field = $String(object.field);
            if (object.available != null)
                message.available = $Boolean(object.available);
            if (object.reason != null)
                message.reason = $String(object.reason);
            if (object.min != null)
                message.min = $Number(object.min);
            if (object.max != null)
                message.max = $Number(object.max);
            if (object.step != null)
                message.step = $Number(object.step);
            if (object.choices) {
                if (!$Array.isArray(object.choices))
                    throw $TypeError(".camera_control.FieldLimits.choices: array expected");
                message.choices = $Array(object.choices.length);
                for (let i = 0; i < object.choices.length; ++i)
                    message.choices[i] = $String(object.choices[i]);
            }
            if (object.applied != null)
                message.applied = $String(object.applied);
            if (object.gap_ms != null)
                message.gap_ms = object.gap_ms >>> 0;
            return message;
        };

        /**
         * Creates a plain object from a FieldLimits message. Also converts values to other types if specified.
         * @function toObject
         * @memberof camera_control.FieldLimits
         * @static
         * @param {camera_control.FieldLimits} message FieldLimits
         * @param {$protobuf.IConversionOptions} [options] Conversion options
         * @returns {Object.<string,*>} Plain object
         */
        FieldLimits.toObject = function (message, options, _depth) {
            if (!options)
                options = {};
            if (_depth === $undefined)
                _depth = 0;
            if (_depth > $util.recursionLimit)
                throw $Error("max depth exceeded");
            let object = {};
            if (options.arrays || options.defaults)
                object.choices = [];
            if (message.field != null && $Object.hasOwnProperty.call(message, "field"))
                object.field = message.field;
            if (message.available != null && $Object.hasOwnProperty.call(message, "available"))
                object.available = message.available;
            if (message.reason != null && $Object.hasOwnProperty.call(message, "reason"))
                object.reason = message.reason;
            if (message.min != null && $Object.hasOwnProperty.call(message, "min"))
                object.min = options.json && !$isFinite(message.min) ? $String(message.min) : message.min;
            if (message.max != null && $Object.hasOwnProperty.call(message, "max"))
                object.max = options.json && !$isFinite(message.max) ? $String(message.max) : message.max;
            if (message.step != null && $Object.hasOwnProperty.call(message, "step"))
                object.step = options.json && !$isFinite(message.step) ? $String(message.step) : message.step;
            if (message.choices && message.choices.length) {
                object.choices = $Array(message.choices.length);
                for (let j = 0; j < message.choices.length; ++j)
                    object.choices[j] = message.choices[j];
            }
            if (message.applied != null && $Object.hasOwnProperty.call(message, "applied"))
                object.applied = message.applied;
            if (message.gap_ms != null && $Object.hasOwnProperty.call(message, "gap_ms"))
                object.gap_ms = message.gap_ms;
            return object;
        };

        /**
         * Converts this FieldLimits to JSON.
         * @function toJSON
         * @memberof camera_control.FieldLimits
         * @instance
         * @returns {Object.<string,*>} JSON object
         */
        FieldLimits.prototype.toJSON = function() {
            return FieldLimits.toObject(this, $protobuf.util.toJSONOptions);
        };

        return FieldLimits;
    })();

    return camera_control;
})();

export {
  $root as default
};
